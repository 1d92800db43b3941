/** How far the feed goes. */
export interface FeedHead {
  readonly position: number;
  /** Events up to here are deleted. */
  readonly expiredPosition: number;
}
