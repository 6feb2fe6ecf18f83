import { createHash } from "node:crypto";

const day = 86_400_000;

/** Time divided into slots. All values are in milliseconds, times since 1970 UTC. */
export interface Schedule {
  /** The start of any slot, in the past or in the future. */
  readonly start: number;
  readonly every: number;
  readonly overlap: number;
}

/** A period with its own token. */
export interface Slot {
  readonly start: number;
  readonly end: number;
  /** The expiry of its token: the end of the overlap with the next slot. */
  readonly expiry: number;
}

export function schedule(start: number, everyDays: number, overlapDays: number): Schedule {
  return { start, every: everyDays * day, overlap: overlapDays * day };
}

/** The current slot and, during its first `overlap`, the previous one. */
export function slotsAt(
  now: number,
  { start, every, overlap }: Schedule,
): { current: Slot; previous: Slot | undefined } {
  const index = Math.floor((now - start) / every);
  const slot = (number: number): Slot => {
    const from = start + number * every;
    return { start: from, end: from + every, expiry: from + every + overlap };
  };
  const current = slot(index);
  return { current, previous: now < current.start + overlap ? slot(index - 1) : undefined };
}

/** A third of the slot, at most 30 days. */
export function defaultOverlapDays(everyDays: number): number {
  return Math.min(30, Math.max(1, Math.floor(everyDays / 3)));
}

/** A midnight that depends on the identity, so that stacks rotate on different days. */
export function defaultStart(identity: readonly string[], everyDays: number): number {
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest();
  return (hash.readUInt32BE() % everyDays) * day;
}
