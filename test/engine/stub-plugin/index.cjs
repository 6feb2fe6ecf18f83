// Takes the place of another package's provider plugin, which tests cannot download. It answers what the engine asks
// of a provider resource and in a preview. It manages nothing: a resource differs if its inputs differ.
const { isDeepStrictEqual } = require("node:util");
const grpc = require("@grpc/grpc-js");
const { ResourceProviderService } = require("@pulumi/pulumi/proto/provider_grpc_pb");
const messages = require("@pulumi/pulumi/proto/provider_pb");
const { PluginInfo } = require("@pulumi/pulumi/proto/plugin_pb");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb");

const answer = (make) => (call, callback) => callback(null, make(call));
const echo = (call) => {
  const response = new messages.CheckResponse();
  response.setInputs(call.request.getNews());
  return response;
};
const difference = (call) => {
  const [olds, news] = [call.request.getOldInputs(), call.request.getNews()].map(
    (each) => each?.toJavaScript() ?? {},
  );
  const keys = Object.keys({ ...olds, ...news });
  const different = keys.filter((key) => !isDeepStrictEqual(olds[key], news[key]));
  const response = new messages.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  response.setChanges(different.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList(different);
  response.setReplacesList(different);
  return response;
};
const unimplemented = (_call, callback) => callback({ code: grpc.status.UNIMPLEMENTED, details: "a stub" });
const methods = Object.fromEntries(Object.keys(ResourceProviderService).map((name) => [name, unimplemented]));
const server = new grpc.Server();
server.addService(ResourceProviderService, {
  ...methods,
  getPluginInfo: answer(() => Object.assign(new PluginInfo(), {})),
  checkConfig: answer(echo),
  check: answer(echo),
  diff: answer(difference),
  diffConfig: answer(() => new messages.DiffResponse()),
  configure: answer(() => new messages.ConfigureResponse()),
  cancel: answer(() => new Empty()),
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
