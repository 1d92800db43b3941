/** Spreads requests over the APIs that answer, as a load balancer does. */
export interface ApiChoice {
  /** Undefined: there is none at this moment. */
  choose(): string | undefined;
  /** It has not answered: others are chosen before it for a while. */
  avoid(url: string): void;
}

/** As long as many a fault lasts; without it nearly all requests wait for the API that stands still. */
const AVOID_MS = 2_000;

export function createApiChoice(urls: () => readonly string[]): ApiChoice {
  const avoidedUntil = new Map<string, number>();
  return {
    choose: () => {
      const all = urls();
      const well = all.filter((url) => (avoidedUntil.get(url) ?? 0) < performance.now());
      const list = well.length > 0 ? well : all;
      return list[Math.floor(Math.random() * list.length)];
    },
    avoid: (url) => void avoidedUntil.set(url, performance.now() + AVOID_MS),
  };
}
