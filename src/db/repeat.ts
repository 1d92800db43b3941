export interface Repeated {
  /** Resolves when it was done for the first time. */
  readonly first: Promise<void>;
  /** Waits for what is under way, and does it no more. */
  stop(): Promise<void>;
}

/** Does something at once, and again and again with intervalMs of rest in between. What it throws goes to onError. */
export function repeat(
  work: () => Promise<void>,
  { intervalMs, onError }: { readonly intervalMs: number; readonly onError: (error: unknown) => void },
): Repeated {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay = run();

  async function run(): Promise<void> {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
    if (!stopped) timer = setTimeout(again, intervalMs).unref();
  }

  function again(): void {
    underWay = run();
  }

  return {
    first: underWay,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
