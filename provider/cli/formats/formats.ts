import { visibleJson } from "../../gitlab/visible.js";
import type { AuditReport, Finding } from "../audit-report.js";
import type { AuditCall } from "../next-steps.js";

export interface RenderOptions {
  /** The findings that make the exit code 1. */
  readonly failOn: ReadonlySet<Finding>;
  /** What the audit was given. */
  readonly call: AuditCall;
  /** The terminal's width in characters; undefined: not a terminal. */
  readonly columns?: number | undefined;
}

interface Format {
  /** What the format is for, in `--help`. */
  readonly use: string;
  readonly render: (report: AuditReport, options: RenderOptions) => Promise<string>;
}

/** Every format of an audit's report. A run loads only the ones that it writes. */
export const formats = {
  table: {
    use: "columns for a terminal",
    render: async (report, options) => (await import("./table.js")).renderTable(report, options),
  },
  json: {
    use: "the whole report for scripts",
    render: async (report) => visibleJson(report),
  },
  csv: {
    use: "one line for each token, for spreadsheets",
    render: async (report) => (await import("./csv.js")).renderCsv(report),
  },
  html: {
    use: "one file that people read, filter and print",
    render: async (report, { call }) => (await import("./html.js")).renderHtml(report, call),
  },
  prometheus: {
    use: "a file for the textfile collector of node_exporter",
    render: async (report) => (await import("./prometheus.js")).renderPrometheus(report),
  },
  junit: {
    use: "a test report, which GitLab shows in merge requests",
    render: async (report, { failOn }) => (await import("./junit.js")).renderJunit(report, failOn),
  },
  "code-quality": {
    use: "a code quality report, which GitLab shows in merge requests",
    render: async (report, { failOn }) =>
      (await import("./code-quality.js")).renderCodeQuality(report, failOn),
  },
  sarif: {
    use: "SARIF 2.1.0, for viewers of static analysis",
    render: async (report, { failOn }) => (await import("./sarif.js")).renderSarif(report, failOn),
  },
} satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as FormatName[];

export function render(report: AuditReport, name: FormatName, options: RenderOptions): Promise<string> {
  const format: Format = formats[name];
  return format.render(report, options);
}
