import { type AuditedToken, type AuditReport, type Finding, findings, ownerText } from "../audit-report.js";
import { describeToken } from "./alarms.js";
import { visible } from "./visible.js";
import { element, renderXml, type XmlNode } from "./xml.js";

/**
 * A test report: one test for each token, which fails for a finding of `--fail-on`, and one for completeness. GitLab
 * compares tests by class and name, so both name the token and nothing that changes from day to day.
 *
 * @see https://docs.gitlab.com/ci/testing/unit_test_reports/
 */
export function renderJunit(report: AuditReport, failOn: ReadonlySet<Finding>): string {
  const tokens = report.tokens.map((token) => tokenTest(token, failOn));
  const unsettled = report.unsettled.map(({ stack, urn }) =>
    test(
      `stack ${stack}`,
      urn,
      failOn.has("open-request") ? [`${urn} ${findings["open-request"]}`] : undefined,
    ),
  );
  const problem = report.complete ? undefined : ["The audit is incomplete.", ...report.notes];
  const tests = [test("audit", `complete: ${report.targets.join(", ")}`, problem), ...unsettled, ...tokens];
  const counts = {
    tests: tests.length,
    failures: tests.filter(({ failed }) => failed).length,
    errors: 0,
    skipped: 0,
    time: 0,
  };
  const suite = element(
    "testsuite",
    { name: `deploy tokens of ${report.targets.join(", ")}`, timestamp: report.at, ...counts },
    tests.map(({ node }) => node),
  );
  return renderXml(element("testsuites", counts, [suite]));
}

function tokenTest(token: AuditedToken, failOn: ReadonlySet<Finding>) {
  const { deployTokenId, name, owner, expiresAt = "never", managedBy } = token;
  const className = ownerText(owner) || "unknown owner";
  const failing = token.findings.filter((finding) => failOn.has(finding));
  const problem = [
    failing.map((finding) => `${finding}: ${findings[finding]}`).join("; "),
    describeToken(token),
    `expires: ${expiresAt}`,
    ...managedBy.map(({ stack, urn }) => `stack ${stack}: ${urn}`),
  ];
  return test(className, `${name} (${deployTokenId})`, failing.length === 0 ? undefined : problem);
}

/** The first line of a problem is its message. */
function test(classname: string, name: string, problem: readonly string[] | undefined) {
  const lines = (problem ?? []).map(visible);
  const [message] = lines;
  const children: XmlNode[] =
    message === undefined ? [] : [element("failure", { message, type: "finding" }, [lines.join("\n")])];
  const node = element("testcase", { classname, name, time: 0 }, children);
  return { node, failed: problem !== undefined };
}
