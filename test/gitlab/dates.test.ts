import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNever, isPast, normalizeInstant, readExpiry } from "../../provider/gitlab/dates.js";

describe("normalizeInstant", () => {
  it.each([
    ["2027-01-31", "2027-01-31T00:00:00.000Z"],
    ["2027-01-31T00:00:00Z", "2027-01-31T00:00:00.000Z"],
    ["2027-01-31t02:00:00.1239+02:00", "2027-01-31T00:00:00.123Z"],
    ["2027-01-31T00:00:00.5-01:30", "2027-01-31T01:30:00.500Z"],
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
  ])("reads %s as %s", (text, instant) => {
    expect(normalizeInstant(text)).toBe(instant);
  });

  it.each([
    "",
    "tomorrow",
    "2027-02-29",
    "2027-13-01",
    "2027-04-31",
    "2027-1-1",
    "2027-01-31 00:00:00Z",
    "2027-01-31T00:00:00",
    "2027-01-31T24:00:00Z",
    "2027-01-31T00:00:00+99:00",
    "0000-01-01",
    "0001-01-01T00:00:00+23:00",
    "9999-12-31T23:59:59-23:00",
  ])("refuses %j", (text) => {
    expect(normalizeInstant(text)).toBeUndefined();
  });

  it("gives one spelling for every spelling of an instant", () => {
    const years = { min: new Date("1971-01-01"), max: new Date("9000-01-01"), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(years), fc.integer({ min: -14 * 60, max: 14 * 60 }), (instant, offset) => {
        const local = new Date(instant.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const sign = offset < 0 ? "-" : "+";
        const part = (value: number) => String(Math.floor(value)).padStart(2, "0");
        const zone = `${sign}${part(Math.abs(offset) / 60)}:${part(Math.abs(offset) % 60)}`;
        expect(normalizeInstant(`${local}${zone}`)).toBe(instant.toISOString());
      }),
    );
  });
});

it("calls an instant past from the instant on", () => {
  const instant = "2027-01-31T00:00:00.000Z";
  expect(isPast(instant, new Date("2027-01-30T23:59:59.999Z"))).toBe(false);
  expect(isPast(instant, new Date(instant))).toBe(true);
});

describe("an expiry outside of the years 1 to 9999 (field-reports.md 18)", () => {
  const now = new Date("2026-11-24T12:00:00Z");
  it.each([
    ["10000-01-01T11:59:59.000Z", false, true],
    ["12000-01-01T00:00:00.000Z", false, true],
    ["+010000-01-01T00:00:00.000Z", false, true],
    ["0000-12-31T19:00:00.000Z", true, false],
    ["-0001-01-01T00:00:00.000Z", true, false],
    ["-271820-01-01T00:00:00.000+02:00", true, false],
    ["2026-01-01T00:00:00.000+14:00", true, false],
    ["2027-01-01", false, false],
    ["soon", false, false],
    ["", false, false],
  ])("%s is past: %s, never: %s", (expiry, past, never) => {
    expect([isPast(expiry, now), isNever(expiry)]).toEqual([past, never]);
  });

  it("is read as GitLab gives it", () => {
    expect(readExpiry("10000-01-01T11:59:59.000Z")).toBe("10000-01-01T11:59:59.000Z");
    expect([readExpiry(null), readExpiry(undefined), isNever(undefined)]).toEqual([
      undefined,
      undefined,
      true,
    ]);
  });
});
