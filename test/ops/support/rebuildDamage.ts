/** Everything else that follows from the log: what is planted, and what a rebuild says it puts right. */
export const DERIVED: readonly (readonly [string, readonly string[], string])[] = [
  [
    "no published version",
    [
      `update scripts."Script" set "activeVersionId" = null where id = 's1'`,
      `update scripts."ScriptVersion" set "isPublished" = false where "scriptId" = 's1'`,
    ],
    "activeVersionId, isPublished of version 1",
  ],
  [
    "another published version",
    [
      `update scripts."ScriptVersion" set "isPublished" = false where "scriptId" = 's1' and version = 1`,
      `update scripts."ScriptVersion" set "isPublished" = true where "scriptId" = 's1' and version = 2`,
      `update scripts."Script" set "activeVersionId" = 's1-v2' where id = 's1'`,
    ],
    "activeVersionId, isPublished of version 1, isPublished of version 2",
  ],
  ["another latest version", [`update scripts."Script" set "latestVersion" = 7`], "latestVersion"],
  [
    "a stream behind its versions",
    [`update scripts."ScriptStream" set "materializedSequence" = 3`],
    "materializedSequence",
  ],
  [
    "a stream ahead of its versions",
    [`update scripts."ScriptStream" set "materializedSequence" = "headSequence" where "scriptId" = 's2'`],
    "materializedSequence",
  ],
  [
    "a draft that reaches further than the log was materialized",
    [`update scripts."ScriptVersion" set "toSequence" = "toSequence" + 5 where "sealedAt" is null`],
    "toSequence",
  ],
  [
    "a draft that somebody else began",
    [`update scripts."ScriptVersion" set "createdById" = 'x', "createdAt" = now() where "sealedAt" is null`],
    "createdById, createdAt",
  ],
  [
    "a listing that says something else",
    [
      `update scripts."Script" set name = 'Forged', slug = 'forged', status = 'ARCHIVED', labels = '{x}', "createdById" = 'x',
         "updatedAt" = now() where id = 's1'`,
    ],
    "name, slug, labels, status, createdById, updatedAt",
  ],
];

/** What a rebuild may not touch, the words in which it says so, and what its owner does about it. */
export const LEFT_ALONE: readonly {
  readonly name: string;
  readonly plant: readonly string[];
  readonly says: RegExp;
  readonly wayOut?: (says: string) => string;
}[] = [
  {
    name: "a head of another history",
    plant: [`update scripts."ScriptStream" set "chainHash" = repeat('a', 64) where "scriptId" = 's1'`],
    says: /no role of the service may move a head; as the owner of the database set headSequence to \d+ and chainHash to \w{64}$/,
    wayOut: (says) =>
      `update scripts."ScriptStream" set "chainHash" = '${says.slice(-64)}' where "scriptId" = 's1'`,
  },
  {
    name: "a head that went back",
    plant: [
      `update scripts."ScriptStream" set "materializedSequence" = "materializedSequence" - 1, "headSequence" = "headSequence" - 1 where "scriptId" = 's1'`,
    ],
    says: /no role of the service may move a head/,
    wayOut: (says) =>
      `update scripts."ScriptStream" set "headSequence" = ${/headSequence to (\d+)/.exec(says)![1]} where "scriptId" = 's1'`,
  },
  {
    name: "a draft that starts elsewhere",
    plant: [
      `update scripts."ScriptVersion" set "fromSequence" = "fromSequence" + 1 where "scriptId" = 's1' and "sealedAt" is null`,
    ],
    says: /where a version starts never changes in a row/,
    wayOut: () =>
      `update scripts."ScriptVersion" set "fromSequence" = "fromSequence" - 1 where "scriptId" = 's1' and "sealedAt" is null`,
  },
  {
    name: "a command that was changed, and what follows from it",
    plant: [
      `update scripts."ScriptCommand" set "actorId" = 'x' where "scriptId" = 's1' and sequence = 3`,
      `update scripts."Script" set name = 'Forged' where id = 's1'`,
    ],
    says: /^The log of script s1 breaks its chain of hashes at command 3\. Run "ops verify --script s1", and restore/,
  },
  {
    name: "a command that is gone",
    plant: [`delete from scripts."ScriptCommand" where "scriptId" = 's1' and sequence = 3`],
    says: /^The log of script s1 has command 4 where 3 should be/,
  },
  {
    name: "a last command that is gone",
    plant: [
      `delete from scripts."ScriptCommand" where "scriptId" = 's1' and sequence = (select "headSequence" from scripts."ScriptStream" where "scriptId" = 's1')`,
    ],
    says: /^The log of script s1 ends at command \d+, and there were \d+/,
  },
];
