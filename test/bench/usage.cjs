// Loaded into a measured process, which prints its usage at its end.
process.once("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpu: (userCPUTime + systemCPUTime) / 1e6, memory: maxRSS / 1024 };
  require("node:fs").writeSync(2, `usage ${JSON.stringify(usage)}\n`);
});
