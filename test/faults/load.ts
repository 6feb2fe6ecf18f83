/**
 * Loads the modules that the lifecycle loads at its first call. That takes real time, which must not pass in virtual
 * time.
 */
export async function loadLifecycle(): Promise<void> {
  await Promise.all([
    import("../../provider/lifecycle/create.js"),
    import("../../provider/lifecycle/read.js"),
    import("../../provider/lifecycle/update.js"),
    import("../../provider/lifecycle/delete.js"),
    import("../../provider/lifecycle/run/owner-tokens.js"),
    import("../../provider/gitlab/client.js"),
    import("../../provider/gitlab/rate-limit-pause.js"),
  ]);
}
