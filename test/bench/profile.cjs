// Runs in the provider's process and measures its CPU time by function. The engine kills that process without a signal that
// it could handle, so the samples are written after every few milliseconds of work. The profiler stops while it writes.
const { appendFileSync } = require("node:fs");
const { Session } = require("node:inspector");

const file = process.env.BENCH_PROFILE;
if (file && /dynamic-provider/.test(process.argv[1])) {
  const session = new Session();
  session.connect();
  const start = () => session.post("Profiler.start");
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: 500 });
  start();
  let before = process.cpuUsage();
  setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    if (user + system < 2_000) return;
    session.post("Profiler.stop", (_error, { profile }) =>
      appendFileSync(file, `${JSON.stringify(profile)}\n`),
    );
    start();
    before = process.cpuUsage();
  }, 10).unref();
}
