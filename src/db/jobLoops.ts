import type { Job, JobResult, PgBoss } from "pg-boss";

export interface LoopSize {
  /** Loops that take jobs. */
  readonly loops: number;
  /** Jobs that a loop takes at once. */
  readonly batchSize: number;
  /** As long as fewer jobs are at work, a loop that is held up gets another in its place. Default: none ever does. */
  readonly atWork?: number;
}

/**
 * Works on a batch. heldUp: to be called when one of the jobs waits for something outside; another loop takes the
 * place of this one until it is done, so that the jobs behind it do not wait along.
 */
export type HandleJobs<Data> = (jobs: readonly Job<Data>[], heldUp: () => void) => Promise<JobResult[]>;

/**
 * The workers of one queue in this process. Each fetches a batch, works on all of it, and fetches again; while some
 * are held up, the others take what comes.
 */
export class JobLoops {
  readonly #boss: Pick<PgBoss, "work" | "offWork" | "notifyWorker">;
  readonly #queue: string;
  readonly #loops = new Set<Loop>();
  #atWork = 0;

  constructor(boss: Pick<PgBoss, "work" | "offWork" | "notifyWorker">, queue: string) {
    this.#boss = boss;
    this.#queue = queue;
  }

  async start<Data>(size: LoopSize, handle: HandleJobs<Data>): Promise<void> {
    for (let count = 0; count < size.loops; count++) await this.#add(size, handle);
  }

  async #add<Data>(size: LoopSize, handle: HandleJobs<Data>): Promise<void> {
    const options = { ...WORK, batchSize: size.batchSize };
    const loop: Loop = { id: "", isBusy: false, isHeldUp: false };
    this.#loops.add(loop);
    loop.id = await this.#boss.work<Data, unknown, typeof options>(this.#queue, options, async (jobs) => {
      loop.isBusy = true;
      this.#atWork += jobs.length;
      try {
        return await handle(jobs, () => {
          loop.isHeldUp = true;
          this.#fillUp(size, handle);
        });
      } finally {
        loop.isBusy = false;
        loop.isHeldUp = false;
        this.#atWork -= jobs.length;
        if (this.#free > size.loops) await this.#retire(loop);
        else this.#fillUp(size, handle);
      }
    });
  }

  /** Loops that are not held up. */
  get #free(): number {
    return [...this.#loops].filter(({ isHeldUp }) => !isHeldUp).length;
  }

  #fillUp<Data>(size: LoopSize, handle: HandleJobs<Data>): void {
    while (this.#loops.size > 0 && this.#free < size.loops && this.#atWork < (size.atWork ?? 0))
      // Fails only when the queue is stopped meanwhile; then there is nothing to take any more.
      this.#add(size, handle).catch(() => undefined);
  }

  /** Another one has its place. */
  async #retire(loop: Loop): Promise<void> {
    this.#loops.delete(loop);
    await this.#boss.offWork(this.#queue, { id: loop.id, wait: false });
  }

  /** Makes one that is idle look for jobs now, so that the others do not look in vain; or the first to become idle. */
  readonly wake = (): void => {
    const loops = [...this.#loops];
    const idle = loops.find((loop) => !loop.isBusy);
    for (const loop of idle ? [idle] : loops) this.#boss.notifyWorker(loop.id);
  };

  /** Finishes the jobs at hand and takes no more. */
  async stop(): Promise<void> {
    this.#loops.clear();
    await this.#boss.offWork(this.#queue, { wait: true });
  }
}

interface Loop {
  id: string;
  isBusy: boolean;
  isHeldUp: boolean;
}

const WORK = {
  // A full batch means that more is waiting: fetch again at once. Without it a worker does a batch every 500 ms.
  burstWhenBatchFull: true,
  // Nothing rests on being woken: a worker looks by itself this often, the least that pg-boss allows.
  pollingIntervalSeconds: 0.5,
  perJobResults: true,
} as const;
