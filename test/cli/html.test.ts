import { describe, expect, it } from "vitest";
import { inWords } from "../../provider/cli/formats/html/expiry.js";
import { expiryByMonth } from "../../provider/cli/formats/html/timeline.js";
import { renderHtml } from "../../provider/cli/formats/html.js";
import { at, sampleCall, sampleReport } from "./sample-report.js";

const hostile = `</script><script>alert(1)</script>"><img src=x onerror=alert(2)>'&\u202e`;
const render = (...[count, more]: Parameters<typeof sampleReport>) =>
  renderHtml(sampleReport(count, more), sampleCall);
const verdictOf = (html: string) => /<p class="verdict [^>]*>([^<]*)</.exec(html)?.[1];

describe("the HTML report", () => {
  it("escapes every text from GitLab and from stacks", () => {
    const owner = { kind: "group" as const, id: 9, path: hostile };
    const stack = { stack: hostile, urn: hostile };
    const tokens = {
      name: hostile,
      username: hostile,
      scopes: [hostile, "other"],
      owner,
      managedBy: [stack],
      expiresAt: hostile,
      findings: ["expiring", "unknown"] as const,
    };
    const html = renderHtml(
      {
        ...sampleReport(2, [tokens]),
        targets: [hostile],
        stacks: [hostile],
        notes: [hostile],
      },
      {
        connection: [hostile],
        targets: [hostile],
        stacks: [hostile],
        terraform: [],
        selectors: { [hostile]: hostile },
      },
    );
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html.match(/<\/script>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<img|\u202e/);
    expect(html).toContain("&lt;/script&gt;&lt;script&gt;alert(1)");
  });

  it.each([
    ["a control character", "a\u0007b", "a[U+0007]b"],
    ["a line break", "a\nb", "a[U+000A]b"],
    ["a turn of the direction of writing", "a\u202eb", "a[U+202E]b"],
    ["an isolate of a direction", "a\u2066b", "a[U+2066]b"],
    ["a character without width", "a\u200bb", "a[U+200B]b"],
    ["a filler that looks like a blank", "a\u3164b", "a[U+3164]b"],
    ["a blank that is not a space", "a\u00a0b", "a[U+00A0]b"],
    ["a separator of lines", "a\u2028b", "a[U+2028]b"],
    ["a tag of a hidden text", "a\u{e0041}b", "a[U+E0041]b"],
    ["half of a character", "a\ud800b", "a[U+D800]b"],
  ])("shows the code point of %s", (_, name, shown) => {
    const html = render(1, [{ name, scopes: [name, "other"] }]);
    expect(html).toContain(`<b>${shown}</b>`);
    expect(html).toContain(`scope=${encodeURIComponent(shown)}`);
    expect(html).not.toContain(name);
  });

  it("keeps letters of every script as they are", () => {
    expect(render(1, [{ name: "Grüße, 世界, שלום 🚀" }])).toContain("<b>Grüße, 世界, שלום 🚀</b>");
  });

  it("is one file that sends no request and runs only its own script", () => {
    const html = render();
    expect(html).toMatch(
      /content="default-src 'none'; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'"/,
    );
    expect(html).not.toMatch(/\b(src|srcset|style|onclick)=|url\(|@import/);
  });

  it("is of reasonable size: the part that does not depend on the tokens is below 16 kB", () => {
    expect(render(0).length).toBeLessThan(16_000);
    expect(render(1_000).length / 1_000).toBeLessThan(1_200);
  });

  it("says in one sentence what needs attention", () => {
    const verdict = (...all: NonNullable<Parameters<typeof sampleReport>[1]>[number]["findings"][]) =>
      verdictOf(
        render(
          all.length,
          all.map((found = []) => ({ findings: found })),
        ),
      );
    expect(verdict(["expired-in-stack", "may-write"], ["expiring"], [])).toBe(
      "1 of 3 deploy tokens needs attention now, 1 soon.",
    );
    expect(verdict(["open-request"], ["gone-in-stack"])).toBe("2 of 2 deploy tokens need attention now.");
    const unsettled = [{ stack: "dev", urn: "urn:pulumi:dev::test::t::pull" }];
    const open = renderHtml({ ...sampleReport(1, [{ findings: [] }]), unsettled }, sampleCall);
    expect(verdictOf(open)).toMatch(/ 1 resource has an open request: run pulumi up\.$/);
    expect(open).toContain('<p class="verdict now">');
    expect(open).not.toContain("Nothing is urgent");
    expect(verdict(["expiring"])).toBe("1 of 1 deploy token needs attention soon.");
    expect(verdict(["may-write"])).toBe("No deploy token of 1 needs attention, as far as the notes allow.");
    const report = { ...sampleReport(1, [{ findings: [] }]), notes: [] };
    expect(verdictOf(renderHtml(report, sampleCall))).toBe("No deploy token of 1 needs attention.");
  });

  it("puts the most urgent finding first, and names its tokens", () => {
    const html = render();
    const cards = [...html.matchAll(/data-f="finding=([\w-]+)"><b>(\d+)</g)];
    const { tokens } = sampleReport();
    expect(cards.map(([, finding]) => finding)).toEqual(
      "expired-in-stack revoked-in-stack expiring unknown never-expires may-write expired".split(" "),
    );
    for (const [, finding, count] of cards) {
      expect(Number(count)).toBe(tokens.filter(({ findings }) => findings.includes(finding as never)).length);
    }
    expect(html).toContain("<bdi>cluster pull</bdi> of <bdi>acme/app</bdi> (in 5 days)");
  });

  it("has no tile with zero, and no tile that repeats the total", () => {
    const tiles = (html: string) =>
      Object.fromEntries(
        [...html.matchAll(/<li><a data-f="([^"]*)"><b>(\d+)</g)].map(([, filter, count]) => [
          filter,
          Number(count),
        ]),
      );
    expect(tiles(render())).toEqual({
      "": 60,
      "status=active": 53,
      "status=expired": 4,
      "status=revoked": 3,
      "owner=project": 34,
      "owner=group": 24,
      "owner=unknown": 2,
    });
    expect(tiles(render(3))).toEqual({ "": 3 });
  });

  it("leaves out a column that would be empty", () => {
    const heads = (html: string) =>
      [...html.matchAll(/<th scope="col" data-k="\w+">(\w+)/g)].map(([, head]) => head);
    expect(heads(render())).toEqual(["Name", "Findings", "Expires", "Owner", "Scopes", "Stack", "ID"]);
    expect(heads(render(1, [{ findings: [], managedBy: [] }]))).toEqual([
      "Name",
      "Expires",
      "Owner",
      "Scopes",
      "ID",
    ]);
  });

  it("can be read without tokens, findings, notes and stacks", () => {
    const html = renderHtml({ ...sampleReport(0), notes: [], stacks: [] }, sampleCall);
    for (const text of ["Nothing is urgent.", "No active deploy token has an expiry.", "no stack given"]) {
      expect(html).toContain(text);
    }
  });
});

it.each([
  ["2026-11-24T00:00:00.000Z", "today"],
  ["2026-11-25T00:00:00.000Z", "in 1 day"],
  ["2026-12-06T00:00:00.000Z", "in 12 days"],
  ["2026-11-04T23:59:59.000Z", "20 days ago"],
  ["2027-01-22T00:00:00.000Z", "in 59 days"],
  ["2027-05-24T00:00:00.000Z", "in 6 months"],
  ["2031-11-24T00:00:00.000Z", "in 5 years"],
  ["not a date", "not a date"],
])("an expiry at %s is %s", (instant, words) => expect(inWords(instant, at)).toBe(words));

describe("the timeline", () => {
  const expiring = (...all: string[]) =>
    sampleReport(
      all.length,
      all.map((expiresAt) => ({ status: "active", expiresAt })),
    );

  it("counts the active tokens by month, starting with the report's month", () => {
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

  it("puts all tokens that expire after three years into one bar", () => {
    const bars = expiryByMonth(expiring("2026-12-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z"));
    expect(bars).toHaveLength(37);
    expect(bars.at(-2)).toEqual({ label: "2029-10", count: 0 });
    expect(bars.at(-1)).toEqual({ label: "later", count: 1 });
    expect(expiryByMonth(expiring("9999-12-31T00:00:00.000Z")).at(-1)).toEqual({ label: "later", count: 1 });
  });

  it("leaves out expired and revoked tokens", () => {
    const report = sampleReport(2, [
      { status: "expired" },
      { status: "revoked", expiresAt: "2027-01-01T00:00:00.000Z" },
    ]);
    expect(expiryByMonth(report)).toEqual([]);
  });
});
