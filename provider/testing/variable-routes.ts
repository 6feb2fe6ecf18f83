import type { Context, Hono } from "hono";
import { roleOf } from "./access.js";
import { ApiError, grapeError, message } from "./api-error.js";
import { type Project, roles, type Variable } from "./entities.js";
import { callerOf, type Environment, findOwner, signedIn } from "./environment.js";
import { paginate, readPage } from "./pagination.js";
import { type Parameters, readBoolean, readParameters } from "./parameters.js";

const maskable = /^[a-zA-Z0-9_+=/@:.~-]{8,}$/;

/**
 * A project's CI/CD variables, which pass a deploy token to the pipelines of another project. Each route checks the
 * caller, the project, the role and the parameters, in this order.
 *
 * @see https://docs.gitlab.com/api/project_level_variables/
 */
export function variableRoutes(app: Hono, environment: Environment): void {
  const { store } = environment;
  const collection = "/projects/:id/variables";
  const item = `${collection}/:key`;

  const enter = async (context: Context) => {
    const parameters = await readParameters(context.req);
    const caller = callerOf(context, environment, parameters);
    signedIn(caller);
    const project = findOwner(context, environment, "project", context.req.param("id") ?? "", caller);
    if (roleOf(store, caller.user, project) < roles.maintainer) throw message(403, "403 Forbidden");
    return { parameters, project: project as Project };
  };

  const one = async (context: Context) => {
    const entered = await enter(context);
    const scope = (entered.parameters["filter"] as Parameters | undefined)?.["environment_scope"];
    const [variable, ...more] = store
      .variablesOf(entered.project)
      .filter(
        ({ key, environmentScope }) =>
          key === context.req.param("key") && (scope === undefined || environmentScope === scope),
      );
    if (variable === undefined) throw message(404, "404 Variable Not Found");
    if (more.length > 0) throw ambiguous();
    return { ...entered, variable };
  };

  app.get(collection, async (context) => {
    const { parameters, project } = await enter(context);
    const page = readPage(parameters);
    const all = { ...parameters, id: context.req.param("id") };
    const items = paginate(context, store.variablesOf(project), page, all, environment.externalUrl());
    return context.json(items.map(entity));
  });

  app.get(item, async (context) => context.json(entity((await one(context)).variable)));

  app.post(collection, async (context) => {
    const { parameters, project } = await enter(context);
    const variable = newVariable(parameters, project);
    const { key, environmentScope } = variable;
    const equal = store
      .variablesOf(project)
      .some((each) => each.key === key && each.environmentScope === environmentScope);
    if (equal) throw invalid("key", `(${key}) has already been taken`);
    store.variables.add(variable);
    return context.json(entity(variable), 201);
  });

  app.put(item, async (context) => {
    const { parameters, variable } = await one(context);
    const changed = { ...variable, ...readSettings(parameters) };
    validate(changed);
    Object.assign(variable, changed);
    return context.json(entity(variable));
  });

  app.delete(item, async (context) => {
    store.variables.delete((await one(context)).variable);
    return context.body(null, 204);
  });
}

function newVariable(parameters: Parameters, project: Project): Variable {
  const missing = ["key", "value"].filter((name) => parameters[name] === undefined);
  if (missing.length > 0) throw grapeError(400, missing.map((name) => `${name} is missing`).join(", "));
  const hidden = readBoolean(parameters, "masked_and_hidden") ?? false;
  const settings = readSettings(parameters);
  const variable: Variable = {
    projectId: project.id,
    key: String(parameters["key"]),
    value: "",
    variableType: "env_var",
    protected: false,
    raw: false,
    environmentScope: "*",
    description: null,
    ...settings,
    masked: hidden || (settings.masked ?? false),
    hidden,
  };
  validate(variable);
  return variable;
}

function readSettings(parameters: Parameters): Partial<Variable> {
  const type = parameters["variable_type"];
  if (type !== undefined && type !== "env_var" && type !== "file") {
    throw grapeError(400, "variable_type does not have a valid value");
  }
  const text = (name: string) => (parameters[name] === undefined ? undefined : String(parameters[name]));
  const settings = {
    value: text("value"),
    variableType: type,
    protected: readBoolean(parameters, "protected"),
    masked: readBoolean(parameters, "masked"),
    raw: readBoolean(parameters, "raw"),
    environmentScope: text("environment_scope"),
    description: text("description"),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function validate({ key, value, masked }: Variable): void {
  if (key === "") throw invalid("key", "can't be blank", "can contain only letters, digits and '_'.");
  if (key.length > 255) throw invalid("key", "is too long (maximum is 255 characters)");
  if (!/^\w+$/.test(key)) throw invalid("key", "can contain only letters, digits and '_'.");
  if (masked && !maskable.test(value)) throw invalid("value", "is invalid");
}

function invalid(attribute: string, ...complaints: string[]): ApiError {
  return new ApiError(400, { message: { [attribute]: complaints } });
}

function ambiguous(): ApiError {
  const words =
    "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'";
  return message(409, words);
}

/** `API::Entities::Ci::Variable`, with its order of keys. */
function entity(variable: Variable): Record<string, unknown> {
  return {
    variable_type: variable.variableType,
    key: variable.key,
    value: variable.hidden ? null : variable.value,
    hidden: variable.hidden,
    protected: variable.protected,
    masked: variable.masked,
    raw: variable.raw,
    environment_scope: variable.environmentScope,
    description: variable.description,
  };
}
