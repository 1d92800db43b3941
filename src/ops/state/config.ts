import { table } from "../frame/output.ts";
import type { Verb } from "../frame/verb.ts";

/** The settings as the service would have them in this environment. */
export const config: Verb = {
  name: "config",
  summary: "the effective settings, without passwords",
  run: async ({ settings, output }) => {
    const effective = settings();
    output.result(effective, () =>
      table(Object.entries(effective).map(([setting, value]) => ({ setting, value: String(value) }))),
    );
    return 0;
  },
};
