// Takes the place of `pulumi import`. It attaches to the provider that PULUMI_DEBUG_PROVIDERS names. For each
// resource of the import file it sends the engine's requests and prints the answers as JSON.
const fs = require("node:fs");
const grpc = require("@grpc/grpc-js");
const { ResourceProviderClient } = require("@pulumi/pulumi/proto/provider_grpc_pb");
const messages = require("@pulumi/pulumi/proto/provider_pb");
const plugin = require("@pulumi/pulumi/proto/plugin_pb");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb");
const { Struct } = require("google-protobuf/google/protobuf/struct_pb");

const args = process.argv.slice(2);
const file = args[args.indexOf("--file") + 1];
const { resources } = JSON.parse(fs.readFileSync(file, "utf8"));
const port = /(?:^|,)pulumi-nodejs:(\d+)/.exec(process.env.PULUMI_DEBUG_PROVIDERS)[1];
const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
const ask = (method, request) =>
  new Promise((resolve) => {
    client[method](request, (error, response) =>
      resolve(error ? { error: error.details } : response.toObject ? response : {}),
    );
  });
const message = (Class, fields) => {
  const request = new Class();
  for (const [name, value] of Object.entries(fields)) request[`set${name}`](value);
  return request;
};

async function main() {
  await ask("attach", message(plugin.PluginAttach, { Address: "127.0.0.1:1" }));
  const info = await ask("getPluginInfo", new Empty());
  const config = Struct.fromJavaScript(JSON.parse(process.env.ENGINE_CONFIG ?? "{}"));
  const checked = await ask("checkConfig", message(messages.CheckRequest, { News: config }));
  await ask("configure", message(messages.ConfigureRequest, { Args: checked.getInputs() }));
  const rows = [];
  for (const { type, name, id } of resources) {
    const urn = `urn:pulumi:dev::test::some:index:Component$${type}::${name}`;
    const read = await ask("read", message(messages.ReadRequest, { Urn: urn, Id: id }));
    if (read.error !== undefined) {
      rows.push(read);
      continue;
    }
    const [inputs, outputs] = [read.getInputs(), read.getProperties()];
    const check = await ask(
      "check",
      message(messages.CheckRequest, { Urn: urn, Olds: inputs, News: inputs }),
    );
    rows.push({
      id: read.getId(),
      inputs: inputs.toJavaScript(),
      outputs: outputs.toJavaScript(),
      failures: check.getFailuresList().map((failure) => failure.getReason()),
    });
  }
  const schema = JSON.parse((await ask("getSchema", new messages.GetSchemaRequest())).getSchema());
  const foreign = await ask(
    "read",
    message(messages.ReadRequest, { Urn: "urn:pulumi:dev::t::a:b:C::x", Id: "1" }),
  );
  const created = await ask("create", new messages.CreateRequest());
  await ask("cancel", new Empty());
  const debugged = process.env.PULUMI_DEBUG_PROVIDERS.replace(/:\d+/g, "");
  console.log(
    JSON.stringify({ args, resources, rows, schema, foreign, created, debugged, info: info.toObject() }),
  );
  console.error("said on standard error");
  process.exit(rows.some((row) => row.error) ? 1 : 0);
}
void main();
