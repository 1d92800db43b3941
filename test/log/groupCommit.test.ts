import { describe, expect, it, vi } from "vitest";
import type { AppendOutcome, AppendRequest } from "../../src/log/appendCommands.ts";
import { createGroupCommit } from "../../src/log/groupCommit.ts";

function request(scriptId: string, commands = 1): AppendRequest {
  return { scriptId, commands: Array.from({ length: commands }) } as unknown as AppendRequest;
}

/** An append that commits when it is told to, and keeps what it was given. */
function controlled() {
  const groups: string[][] = [];
  const commits: PromiseWithResolvers<AppendOutcome[]>[] = [];
  const append = (requests: readonly AppendRequest[]) => {
    groups.push(requests.map((one) => one.scriptId));
    const commit = Promise.withResolvers<AppendOutcome[]>();
    commits.push(commit);
    return commit.promise;
  };
  return { groups, commits, ...createGroupCommit({ append }) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const appended: AppendOutcome = { kind: "appended", materializeDue: false };
const duplicate: AppendOutcome = { kind: "duplicate", commandId: "c1", sequence: 1 };

describe("group commit", () => {
  it("sends what arrives during two commits as the next group, in order of arrival", async () => {
    const { groups, commits, append } = controlled();
    const first = append(request("a"));
    await turn();
    const second = append(request("z"));
    await turn();
    const others = Promise.all([append(request("b")), append(request("c")), append(request("b"))]);
    await turn();
    expect(groups).toEqual([["a"], ["z"]]);
    commits[0]!.resolve([appended]);
    expect(await first).toEqual(appended);
    await turn();
    expect(groups).toEqual([["a"], ["z"], ["b", "c", "b"]]);
    commits[1]!.resolve([appended]);
    commits[2]!.resolve([appended, duplicate, { kind: "slug_taken" }]);
    expect(await others).toEqual([appended, duplicate, { kind: "slug_taken" }]);
    await second;
  });

  it("keeps a script's requests out of a group while another of its requests is on its way", async () => {
    const { groups, commits, append } = controlled();
    const all = [append(request("a"))];
    await turn();
    all.push(append(request("a")), append(request("b")), append(request("a")));
    await turn();
    expect(groups).toEqual([["a"], ["b"]]);
    commits[0]!.resolve([appended]);
    await turn();
    await turn();
    expect(groups).toEqual([["a"], ["b"], ["a", "a"]]);
    commits[1]!.resolve([appended]);
    commits[2]!.resolve([appended, appended]);
    await Promise.all(all);
  });

  it("leaves a script that was busy alone for a moment, while others go on, and then tries it in order", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const { groups, commits, append } = controlled();
      const all = [append(request("a")), append(request("b"))];
      await turn();
      commits[0]!.resolve([{ kind: "busy" }, appended]);
      await turn();
      all.push(append(request("a")), append(request("c")));
      await turn();
      await turn();
      expect(groups).toEqual([["a", "b"], ["c"]]);
      vi.advanceTimersByTime(4);
      await turn();
      expect(groups).toEqual([["a", "b"], ["c"], ["a", "a"]]);
      commits[2]!.resolve([appended, duplicate]);
      commits[1]!.resolve([appended]);
      expect(await Promise.all(all)).toEqual([appended, appended, duplicate, appended]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("tells that a script is busy when it stays so", async () => {
    let tries = 0;
    const { append } = createGroupCommit({
      append: async (requests) => {
        tries++;
        return requests.map(() => ({ kind: "busy" }));
      },
    });
    expect(await append(request("a"))).toEqual({ kind: "busy" });
    expect(tries).toBeGreaterThan(1);
  });

  it("tells every member of a failed group and goes on with the next", async () => {
    const { commits, append } = controlled();
    const lost = Promise.allSettled([append(request("a")), append(request("b"))]);
    await turn();
    const next = append(request("c"));
    commits[0]!.reject(new Error("connection lost"));
    expect((await lost).map((one) => one.status)).toEqual(["rejected", "rejected"]);
    await turn();
    commits[1]!.resolve([appended]);
    expect(await next).toEqual(appended);
  });

  it("does not put small edits behind a second huge import in one group", async () => {
    const { groups, commits, append } = controlled();
    const all = [append(request("small")), append(request("huge", 900)), append(request("second", 900))];
    await turn();
    expect(groups).toEqual([["small", "huge"]]);
    commits[0]!.resolve([appended, appended]);
    await turn();
    expect(groups[1]).toEqual(["second"]);
    commits[1]!.resolve([appended]);
    await Promise.all(all);
  });

  it("sends each of many that come one after the other", async () => {
    const { groups, commits, append } = controlled();
    for (const [index, scriptId] of ["a", "a", "a", "b"].entries()) {
      const sent = append(request(scriptId));
      await turn();
      expect(groups).toHaveLength(index + 1);
      commits[index]!.resolve([appended]);
      expect(await sent).toEqual(appended);
    }
  });

  it("sends nothing while all that waits is of a script that is on its way", async () => {
    const { groups, commits, append } = controlled();
    const all = [append(request("a"))];
    await turn();
    all.push(append(request("a")));
    await turn();
    expect(groups).toEqual([["a"]]);
    commits[0]!.resolve([appended]);
    await turn();
    await turn();
    commits[1]!.resolve([appended]);
    await Promise.all(all);
  });

  it("ends a group at 128 requests", async () => {
    const { groups, commits, append } = controlled();
    const all = Array.from({ length: 129 }, (_, index) => append(request(`s${index}`)));
    await turn();
    await turn();
    expect(groups.map((group) => group.length)).toEqual([128, 1]);
    commits[0]!.resolve(groups[0]!.map(() => appended));
    commits[1]!.resolve([appended]);
    await Promise.all(all);
  });

  it("fills a group up to 1,000 commands, and takes more when they are of one request", async () => {
    const { groups, commits, append } = controlled();
    const all = [append(request("a", 400)), append(request("b", 600)), append(request("huge", 1_001))];
    await turn();
    await turn();
    expect(groups).toEqual([["a", "b"], ["huge"]]);
    commits[0]!.resolve([appended, appended]);
    commits[1]!.resolve([appended]);
    await Promise.all(all);
  });

  it("lets no small edit overtake an import of its script that waits for the next group", async () => {
    const { groups, commits, append } = controlled();
    const all = [append(request("other", 900)), append(request("a", 900)), append(request("a"))];
    await turn();
    await turn();
    expect(groups).toEqual([["other"], ["a", "a"]]);
    commits[0]!.resolve([appended]);
    commits[1]!.resolve([appended, appended]);
    await Promise.all(all);
  });

  it("sends a request that is to go alone at once and by itself", async () => {
    const { groups, commits, append, appendAlone } = controlled();
    const waiting = append(request("a"));
    const alone = appendAlone(request("b"));
    expect(groups).toEqual([["b"]]);
    commits[0]!.resolve([{ kind: "busy" }]);
    expect(await alone).toEqual({ kind: "busy" });
    await turn();
    commits[1]!.resolve([appended]);
    expect(await waiting).toEqual(appended);
  });
});
