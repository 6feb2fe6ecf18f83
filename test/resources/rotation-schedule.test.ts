import fc from "fast-check";
import { expect, it } from "vitest";
import {
  defaultOverlapDays,
  defaultStart,
  type Schedule,
  schedule,
  slotsAt,
} from "../../provider/resources/rotation-schedule.js";

const day = 86_400_000;
const instant = fc.integer({ min: Date.parse("1990-01-01"), max: Date.parse("2190-01-01") });
const schedules: fc.Arbitrary<Schedule> = fc
  .tuple(instant, fc.integer({ min: 1, max: 800 }))
  .chain(([start, every]) =>
    fc.integer({ min: 1, max: every }).map((overlap) => schedule(start, every, overlap)),
  );

it("has a slot for every instant, and one boundary between two", () => {
  fc.assert(
    fc.property(schedules, instant, (plan, now) => {
      const { current } = slotsAt(now, plan);
      expect(current.start <= now && now < current.end).toBe(true);
      expect(slotsAt(current.end - 1, plan).current).toEqual(current);
      expect(slotsAt(current.end, plan).current.start).toBe(current.end);
    }),
  );
});

it("never declares more than two tokens, and the one before only during the overlap", () => {
  fc.assert(
    fc.property(schedules, instant, (plan, now) => {
      const { current, previous } = slotsAt(now, plan);
      expect(previous !== undefined).toBe(now < current.start + plan.overlap);
      if (previous !== undefined) expect(previous.end).toBe(current.start);
    }),
  );
});

it("is the same in every run within a slot's overlap, and in every run after it", () => {
  fc.assert(
    fc.property(schedules, instant, fc.double({ min: 0, max: 1, noNaN: true }), (plan, now, part) => {
      const { current } = slotsAt(now, plan);
      const within = Math.min(current.end - 1, current.start + Math.floor(part * (plan.overlap - 1)));
      expect(slotsAt(within, plan)).toEqual(slotsAt(current.start, plan));
    }),
  );
});

it("lets each token expire after its last use: never while it is declared", () => {
  fc.assert(
    fc.property(schedules, instant, (plan, now) => {
      const { current, previous } = slotsAt(now, plan);
      expect(current.expiry).toBe(current.end + plan.overlap);
      if (previous !== undefined) expect(previous.expiry).toBeGreaterThan(now);
    }),
  );
});

it("leaves no instant without a token that works, if a run comes within each overlap", () => {
  fc.assert(
    fc.property(
      schedules,
      instant,
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 2, maxLength: 12 }),
      (plan, from, delays) => {
        // A run at some time of each slot's overlap. Users read the current token at this time, and again at the next
        // run.
        const first = slotsAt(from, plan).current.start;
        const runs = delays.map(
          (part, index) => first + index * plan.every + Math.floor(part * plan.overlap),
        );
        for (const [index, at] of runs.entries()) {
          const read = slotsAt(at, plan).current;
          const next = runs[index + 1];
          if (next === undefined) continue;
          expect(next).toBeLessThan(read.expiry);
          // The next run still declares it, so its users move before it is deleted.
          expect(slotsAt(next, plan).previous).toEqual(read);
        }
      },
    ),
  );
});

it("counts days across leap days, month ends and far years", () => {
  const plan = schedule(Date.parse("2027-11-30"), 91, 30);
  const starts: string[] = [];
  for (let at = Date.parse("2027-11-30"); starts.length < 6; at = slotsAt(at, plan).current.end) {
    starts.push(new Date(slotsAt(at, plan).current.start).toISOString().slice(0, 10));
  }
  expect(starts).toEqual([
    "2027-11-30",
    "2028-02-29",
    "2028-05-30",
    "2028-08-29",
    "2028-11-28",
    "2029-02-27",
  ]);
  expect(new Date(slotsAt(Date.parse("2190-01-01"), plan).current.start).toISOString()).toMatch(
    /T00:00:00\.000Z$/,
  );
  expect(slotsAt(Date.parse("2027-01-01"), plan).current.end).toBeLessThanOrEqual(Date.parse("2027-11-30"));
});

it("starts at a different midnight for each organization, project, stack and name", () => {
  const starts = ["a", "b", "c", "d", "e", "f", "g", "h"].map((stack) =>
    defaultStart(["org", "project", stack, "pull"], 90),
  );
  expect(starts.every((start) => start % day === 0 && start >= 0 && start < 90 * day)).toBe(true);
  expect(new Set(starts).size).toBeGreaterThan(6);
  expect(defaultStart(["org", "project", "a", "pull"], 90)).toBe(starts[0]);
  expect(defaultStart(["a", "b"], 90)).not.toBe(defaultStart(["ab", ""], 90));
});

it("overlaps by a third, at most 30 days and at least one", () => {
  expect([1, 2, 7, 30, 90, 365].map(defaultOverlapDays)).toEqual([1, 1, 2, 10, 30, 30]);
});
