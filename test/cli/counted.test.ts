import { expect, it } from "vitest";
import { completenessWarnings } from "../../provider/cli/completeness-warnings.js";
import { emitAdopt } from "../../provider/cli/emit-adopt.js";
import { renderHtml } from "../../provider/cli/formats/html.js";
import { renderTable } from "../../provider/cli/formats/table.js";
import { sampleCall, sampleReport } from "./sample-report.js";

const owner = { kind: "project", id: 1, path: "acme/app" } as const;

it.each([1, 2])("no text gives %d deploy tokens the wrong number", async (count) => {
  const findings = ["expiring"] as const;
  const tokens = Array.from({ length: count }, () => ({ owner, findings, managedBy: [] }));
  const report = { ...sampleReport(count, tokens), withinDays: count, notes: [] };
  const unread = tokens.map(() => ({ owner, reason: "403 forbidden" }));
  const found = {
    tokens: report.tokens.map((token) => ({ ...token, owner: undefined, revoked: false, expired: false })),
    owners: [],
    unread,
    isWholeInstance: false,
  };
  const text = [
    renderTable(report, { failOn: new Set() }),
    renderHtml(report, sampleCall).replace(/<script>.*<\/script>|<\/?b>/gs, ""),
    await emitAdopt(report),
    ...completenessWarnings(found, [], report.baseUrl),
  ].join("\n");
  const nouns = ["deploy token", "day", "month"];
  const wrong = count === 1 ? nouns.map((noun) => `1 ${noun}s`) : nouns.map((noun) => `2 ${noun} `);
  for (const words of [...wrong, count === 1 ? "1 projects" : "2 project "])
    expect(text).not.toContain(words);
  expect(text).toContain(
    count === 1 ? "1 deploy token of the instance belongs" : "2 deploy tokens of the instance belong",
  );
});
