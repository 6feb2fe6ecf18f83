import { createHash } from "node:crypto";

const day = 86_400_000;

/** Time cut into slots: all in milliseconds, instants since 1970 UTC. */
export interface Schedule {
  /** Where one slot starts; it may be in the past or in the future. */
  readonly start: number;
  readonly every: number;
  readonly overlap: number;
}

/** A stretch of time with a token of its own. */
export interface Slot {
  readonly start: number;
  readonly end: number;
  /** When its token dies by itself: after its last use. */
  readonly expiry: number;
}

export function schedule(start: number, everyDays: number, overlapDays: number): Schedule {
  return { start, every: everyDays * day, overlap: overlapDays * day };
}

/** The slot that holds now and, during the first `overlap` of it, the one before. */
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

/** A midnight that depends on who asks: a fleet does not rotate on one day. */
export function defaultStart(identity: readonly string[], everyDays: number): number {
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest();
  return (hash.readUInt32BE() % everyDays) * day;
}
