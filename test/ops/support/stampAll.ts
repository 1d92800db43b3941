import type { Client } from "pg";

/** Gives every event its place, as the stamper does when nothing else is written. */
export async function stampAll(owner: Client): Promise<void> {
  await owner.query("begin");
  await owner.query(
    `insert into scripts."EventFeed" (position, "tenantId", "eventId", "stampedAt")
     select head.position + row_number() over (order by ordinal), event."tenantId", event.id, now()
     from scripts."DomainEvent" event cross join scripts."EventFeedHead" head
     where not event."isStamped"`,
  );
  await owner.query(`update scripts."DomainEvent" set "isStamped" = true where not "isStamped"`);
  await owner.query(
    `update scripts."EventFeedHead" set position = coalesce((select max(position) from scripts."EventFeed"), 0)`,
  );
  await owner.query("commit");
}
