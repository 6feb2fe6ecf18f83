import { describe, expect, it } from "vitest";
import { expiryByMonth } from "../../provider/cli/formats/html/timeline.js";
import { renderHtml } from "../../provider/cli/formats/html.js";
import { at, sampleReport } from "./sample-report.js";

const hostile = `</script><script>alert(1)</script>"><img src=x onerror=alert(2)>'&\u202e`;

describe("the HTML report", () => {
  it("escapes whatever comes from GitLab and from stacks, wherever it stands", () => {
    const owner = { kind: "group" as const, id: 9, path: hostile };
    const stack = { stack: hostile, urn: hostile };
    const html = renderHtml({
      ...sampleReport(1, [
        { name: hostile, username: hostile, scopes: [hostile], owner, managedBy: [stack] },
      ]),
      targets: [hostile],
      stacks: [hostile],
      notes: [hostile],
    });
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html.match(/<\/script>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<img|\u202e/);
    expect(html).toContain("&lt;/script&gt;&lt;script&gt;alert(1)");
  });

  it("is one file that asks for nothing and runs only its own script", () => {
    const html = renderHtml(sampleReport());
    expect(html).toMatch(
      /content="default-src 'none'; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'"/,
    );
    expect(html).not.toMatch(/\b(src|srcset|style|onclick)=|url\(|@import/);
  });

  it("is of reasonable size: what does not depend on the tokens is below 15 kB", () => {
    expect(renderHtml(sampleReport(0)).length).toBeLessThan(15_000);
    expect(renderHtml(sampleReport(1_000)).length / 1_000).toBeLessThan(1_500);
  });

  it("says how many there are of each kind", () => {
    const html = renderHtml(sampleReport());
    const { tokens } = sampleReport();
    const counted = (label: string) => Number(new RegExp(`<dt>${label}</dt><dd>(\\d+)</dd>`).exec(html)?.[1]);
    expect(counted("deploy tokens")).toBe(60);
    for (const status of ["active", "expired", "revoked", "gone"]) {
      expect(counted(status)).toBe(tokens.filter((token) => token.status === status).length);
    }
    expect(counted("of projects") + counted("of groups") + counted("owner unknown")).toBe(60);
    expect(html).toContain(
      `<tr><td>expiring</td><td>${tokens.filter(({ findings }) => findings.includes("expiring")).length}</td>`,
    );
  });

  it("is readable without tokens, findings, notes and stacks", () => {
    const html = renderHtml({ ...sampleReport(0), notes: [], stacks: [] });
    for (const text of ["No findings.", "No living deploy token has an expiry.", "none given"]) {
      expect(html).toContain(text);
    }
  });
});

describe("the timeline", () => {
  const expiring = (...all: string[]) =>
    sampleReport(
      all.length,
      all.map((expiresAt) => ({ status: "active", expiresAt })),
    );

  it("counts the living tokens by month, from the report's own on", () => {
    expect(at).toContain("2026-11");
    expect(
      expiryByMonth(
        expiring("2026-11-30T00:00:00.000Z", "2027-01-01T00:00:00.000Z", "2027-01-31T00:00:00.000Z"),
      ),
    ).toEqual([
      { label: "2026-11", count: 1 },
      { label: "2026-12", count: 0 },
      { label: "2027-01", count: 2 },
    ]);
  });

  it("puts what expires after three years into one bar", () => {
    const bars = expiryByMonth(expiring("2026-12-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z"));
    expect(bars).toHaveLength(37);
    expect(bars.at(-2)).toEqual({ label: "2029-10", count: 0 });
    expect(bars.at(-1)).toEqual({ label: "later", count: 1 });
    expect(expiryByMonth(expiring("9999-12-31T00:00:00.000Z")).at(-1)).toEqual({ label: "later", count: 1 });
  });

  it("leaves out what has expired or was revoked", () => {
    const report = sampleReport(2, [
      { status: "expired" },
      { status: "revoked", expiresAt: "2027-01-01T00:00:00.000Z" },
    ]);
    expect(expiryByMonth(report)).toEqual([]);
  });
});
