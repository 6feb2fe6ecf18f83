import { counted } from "../../../counted.js";
import {
  type AuditedToken,
  type AuditReport,
  type Finding,
  openRequests,
  tokensWith,
} from "../../audit-report.js";
import {
  type AuditCall,
  findingsByUrgency,
  nextStep,
  type Urgency,
  urgencies,
  urgencyOf,
} from "../../next-steps.js";
import { escapeMarkup } from "../markup.js";
import { inWords } from "./expiry.js";

/** How many of its tokens a finding names. */
const mostNamed = 3;

/** The report in one sentence. */
export function verdict({ tokens, notes, unsettled }: AuditReport): string {
  const count = (urgency: Urgency) => tokens.filter((token) => urgencyOf(token) === urgency).length;
  const [now, soon] = [count("now"), count("soon")];
  const first = now || soon;
  const all = counted(tokens.length, "deploy token");
  const limits = notes.length > 0 ? ", as far as the notes allow" : "";
  const text =
    first === 0
      ? `No deploy token of ${tokens.length} needs attention${limits}.`
      : `${first} of ${all} ${first === 1 ? "needs" : "need"} attention ${now > 0 ? "now" : "soon"}${now > 0 && soon > 0 ? `, ${soon} soon` : ""}.`;
  const isNow = now + unsettled.length > 0;
  return `<p class="verdict ${isNow ? "now" : soon > 0 ? "soon" : "good"}">${[text, ...openRequests(unsettled)].join(" ")}</p>`;
}

/** Findings that somebody has to act on, with what to do next, the most urgent first; and the notes. */
export function attention(report: AuditReport, call: AuditCall): string {
  const urgent = cards(report, call, (urgency) => urgency !== "later");
  return `<section aria-labelledby="do"><h2 id="do">What to do</h2>${urgent || (report.unsettled.length > 0 ? "" : "<p>Nothing is urgent.</p>")}${notes(report)}</section>`;
}

/** Findings that can wait. */
export function later(report: AuditReport, call: AuditCall): string {
  const all = cards(report, call, (urgency) => urgency === "later");
  if (all === "") return "";
  return `<section aria-labelledby="later"><h2 id="later">When there is time</h2><div class="grid">${all}</div></section>`;
}

function cards(report: AuditReport, call: AuditCall, fits: (urgency: Urgency) => boolean): string {
  return findingsByUrgency
    .filter((finding) => fits(urgencies[finding]))
    .map((finding) => {
      const tokens = tokensWith(report, finding);
      return tokens.length === 0 ? "" : card(finding, tokens, report.at, call);
    })
    .join("");
}

function card(finding: Finding, tokens: readonly AuditedToken[], at: string, call: AuditCall): string {
  const { title, advice, commands } = nextStep(finding, tokens, call);
  const urgency = urgencies[finding];
  const named = urgency === "later" ? "" : `<p class="who">${examples(tokens, at)}</p>`;
  const code = commands.map(commandLine).join("");
  return `<article class="card ${urgency}"><h3><a data-f="finding=${finding}"><b>${tokens.length}</b> ${title}</a> <small>${urgency}</small></h3>${named}<p>${escapeMarkup(advice)}</p>${code}</article>`;
}

/** Lines break between the words alone, not after a hyphen. */
function commandLine(text: string): string {
  const words = text.split(" ").map((word) => `<span>${escapeMarkup(word)}</span>`);
  return `<div class="cmd"><code>${words.join(" ")}</code></div>`;
}

function examples(tokens: readonly AuditedToken[], at: string): string {
  const sorted = [...tokens].sort((a, b) => ((a.expiresAt ?? "~") < (b.expiresAt ?? "~") ? -1 : 1));
  const named = sorted.slice(0, mostNamed).map(({ name, owner, status, expiresAt }) => {
    const when =
      (status === "active" || status === "expired") && expiresAt !== undefined
        ? ` (${escapeMarkup(inWords(expiresAt, at))})`
        : "";
    return `<bdi>${escapeMarkup(name)}</bdi>${owner === undefined ? "" : ` of <bdi>${escapeMarkup(owner.path)}</bdi>`}${when}`;
  });
  const rest = tokens.length - named.length;
  return `${named.join(", ")}${rest > 0 ? `, and ${rest} more` : ""}`;
}

function notes({ notes: all }: AuditReport): string {
  if (all.length === 0) return "";
  const items = all.map((note) => `<li>${escapeMarkup(note)}</li>`).join("");
  return `<div class="notes"><h3>Notes on this report</h3><ul>${items}</ul></div>`;
}
