import type { Job, JobResult, PgBoss } from "pg-boss";

/**
 * The workers of one queue in this process. Each fetches a batch, works on all of it, and fetches again; while some
 * are held up, the others take what comes.
 */
export class JobLoops {
  readonly #boss: Pick<PgBoss, "work" | "offWork" | "notifyWorker">;
  readonly #queue: string;
  readonly #loops: Loop[] = [];

  constructor(boss: Pick<PgBoss, "work" | "offWork" | "notifyWorker">, queue: string) {
    this.#boss = boss;
    this.#queue = queue;
  }

  async start<Data>(
    size: { readonly loops: number; readonly batchSize: number },
    handle: (jobs: readonly Job<Data>[]) => Promise<JobResult[]>,
  ): Promise<void> {
    const options = { ...WORK, batchSize: size.batchSize };
    for (let count = 0; count < size.loops; count++) {
      const loop: Loop = { id: "", isBusy: false };
      loop.id = await this.#boss.work<Data, unknown, typeof options>(this.#queue, options, async (jobs) => {
        loop.isBusy = true;
        try {
          return await handle(jobs);
        } finally {
          loop.isBusy = false;
        }
      });
      this.#loops.push(loop);
    }
  }

  /** Makes one that is idle look for jobs now, so that the others do not look in vain; or the first to become idle. */
  readonly wake = (): void => {
    const idle = this.#loops.find((loop) => !loop.isBusy);
    for (const loop of idle ? [idle] : this.#loops) this.#boss.notifyWorker(loop.id);
  };

  /** Finishes the jobs at hand and takes no more. */
  async stop(): Promise<void> {
    await this.#boss.offWork(this.#queue, { wait: true });
  }
}

interface Loop {
  id: string;
  isBusy: boolean;
}

const WORK = {
  // A full batch means that more is waiting: fetch again at once. Without it a worker does a batch every 500 ms.
  burstWhenBatchFull: true,
  // Nothing rests on being woken: a worker looks by itself this often, the least that pg-boss allows.
  pollingIntervalSeconds: 0.5,
  perJobResults: true,
} as const;
