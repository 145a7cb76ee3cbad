import { resolveCondition, resolveValue, type Scope, UndecidedError, type Unknowns } from './intrinsics.ts';
import { openIdentity } from './open-identities.ts';
import { openRoles } from './open-serverless.ts';
import {
  declaredCondition,
  isMade,
  mappedValue,
  namingProperty,
  pseudoParameter,
  sectionOf,
} from './sections.ts';
import { isObject, parseTemplate, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

/** Where a template will be deployed, as far as that is known, and what is chosen of it. */
export interface OpenTemplateOptions {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly stackName?: string | undefined;
  /** Values of parameters; the others have their defaults, or are unknown. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Conditions that are taken to hold, or not, where an unknown value decides. */
  readonly assumed?: Readonly<Record<string, boolean>>;
  readonly unknowns: Unknowns;
  /** The document of a SAM policy template that is not among those known here; undefined: its text is unknown. */
  readonly policyTemplate?: (name: string, parameters: TemplateObject) => TemplateObject | undefined;
}

/** A resource of which parts may be unknown. */
export interface OpenResource {
  readonly logicalId: string;
  readonly type: string;
  /** The physical name. */
  readonly name: string;
  readonly ref: string;
  readonly arn: string;
  readonly properties: TemplateObject;
  readonly metadata: TemplateObject;
  readonly line?: number;
}

export interface OpenTemplate {
  /** Those whose condition holds, with the roles that SAM makes. */
  readonly resources: readonly OpenResource[];
  /** Parameters that were read and have no value of their own: name → what they may be. */
  readonly open: ReadonlyMap<string, { readonly allowed: readonly string[]; readonly fallback?: string }>;
  /** Conditions that an unknown value decides. */
  readonly undecided: readonly string[];
  /** Transforms whose outcome is not seen, other than SAM's and the language extensions, and where they stand. */
  readonly macros: readonly string[];
  /** What a reader should know: a sentence each. */
  readonly notes: readonly string[];
}

/**
 * A template that can be worked out in several ways: its text is parsed once. Throws TemplateError for text that is no
 * template.
 *
 * @returns works it out as far as that is possible without deploying it: what is not known (a parameter without a value,
 * an import, an attribute of a resource that is not made yet) stays in the text as an unknown part. Throws
 * TemplateError, saying where, for what a deployment would refuse.
 */
export function openTemplate(text: string): (options: OpenTemplateOptions) => OpenTemplate {
  const source = parseTemplate(text);
  return (options) =>
    new OpenScope(source.value, options).read((logicalId) => source.line('Resources', logicalId));
}

const plainTransforms = new Set(['AWS::Serverless-2016-10-31', 'AWS::LanguageExtensions']);

class OpenScope implements Scope {
  readonly unknowns: Unknowns;
  readonly #template: TemplateObject;
  readonly #options: OpenTemplateOptions;
  readonly #resources: ReadonlyMap<string, TemplateObject>;
  readonly #identities = new Map<string, Pick<OpenResource, 'name' | 'ref' | 'arn'>>();
  readonly #resolving = new Set<string>();
  readonly #open = new Map<string, { readonly allowed: readonly string[]; readonly fallback?: string }>();
  readonly #undecided = new Set<string>();
  readonly #notes: string[] = [];
  readonly #macros = new Set<string>();

  constructor(template: TemplateObject, options: OpenTemplateOptions) {
    this.#template = template;
    this.#options = options;
    this.unknowns = options.unknowns;
    const declared = sectionOf(this.#template, 'Parameters');
    for (const [name, given] of Object.entries(options.parameters ?? {})) {
      assertAllowed(`Parameters.${name}`, declared[name], given);
    }
    const resources = this.#declaredResources();
    const { roles, notes } = openRoles(template, resources, this, options);
    for (const [id, role] of roles) if (!resources.has(id)) resources.set(id, role);
    this.#notes.push(...notes);
    this.#resources = resources;
  }

  #declaredResources(): Map<string, TemplateObject> {
    const declared = sectionOf(this.#template, 'Resources');
    if (Object.keys(declared).length === 0) throw new TemplateError('Resources', 'the template has none');
    const resources = new Map<string, TemplateObject>();
    for (const [id, resource] of Object.entries(expandForEach(declared, this))) {
      if (id.startsWith('Fn::')) {
        this.#macros.add(`Resources.${id}`);
        continue;
      }
      if (!isObject(resource) || typeof resource.Type !== 'string') {
        throw new TemplateError(`Resources.${id}`, 'needs a Type');
      }
      resources.set(id, resource);
    }
    return resources;
  }

  read(lineOf: (logicalId: string) => number | undefined): OpenTemplate {
    const resources: OpenResource[] = [];
    for (const [logicalId, resource] of this.#resources) {
      if (!isMade(resource, this, `Resources.${logicalId}`)) continue;
      const madeFrom = typeof resource.MadeFrom === 'string' ? resource.MadeFrom : logicalId;
      resources.push(this.#readResource(logicalId, resource, lineOf(madeFrom)));
    }
    const transforms = this.#template.Transform ?? [];
    const names = (Array.isArray(transforms) ? transforms : [transforms]).map((one) =>
      isObject(one) ? String(one.Name) : String(one),
    );
    return {
      resources,
      open: this.#open,
      undecided: [...this.#undecided],
      macros: [...names.filter((name) => !plainTransforms.has(name)), ...this.#macros],
      notes: this.#notes,
    };
  }

  #readResource(logicalId: string, resource: TemplateObject, line: number | undefined): OpenResource {
    const type = String(resource.Type);
    const where = `Resources.${logicalId}`;
    // Beside other keys it adds some that are not seen here.
    if (isRead(type) && JSON.stringify(resource).includes('"Fn::Transform"')) {
      this.#macros.add(`${where} Fn::Transform`);
    }
    const at = line === undefined ? where : `template line ${line}: ${where}`;
    const declared = resource.Properties ?? {};
    const properties = isRead(type) ? resolveValue(declared, this, `${at}.Properties`) : declared;
    return {
      logicalId,
      type,
      ...this.#identity(logicalId, where),
      properties: isObject(properties) ? withoutDynamic(properties, this.unknowns) : {},
      metadata: isObject(resource.Metadata) ? resource.Metadata : {},
      ...(line === undefined ? {} : { line }),
    };
  }

  ref(name: string): TemplateValue {
    const parameter = sectionOf(this.#template, 'Parameters')[name];
    if (isObject(parameter)) return this.#parameter(name, parameter);
    const known = name === 'AWS::StackName' ? this.#options.stackName : pseudoParameter(name, this.#options);
    if (known !== undefined) return known;
    return this.#resources?.has(name) ? this.#identity(name, name).ref : this.unknowns.unknown(name);
  }

  getAtt(resource: string, attribute: string): TemplateValue {
    if (this.#resources?.has(resource)) {
      const identity = this.#identity(resource, resource);
      if (attribute === 'Arn' || attribute === 'PolicyArn') return identity.arn;
    }
    return this.unknowns.unknown(`${resource}.${attribute}`);
  }

  condition(name: string, where: string): boolean {
    const declared = declaredCondition(this.#template, name, where);
    if (this.#resolving.has(`condition ${name}`)) {
      throw new TemplateError(where, `the condition ${name} refers to itself`);
    }
    this.#resolving.add(`condition ${name}`);
    try {
      return resolveCondition(declared, this, `Conditions.${name}`);
    } catch (error) {
      if (!(error instanceof UndecidedError)) throw error;
      this.#undecided.add(name);
      return this.#options.assumed?.[name] ?? true;
    } finally {
      this.#resolving.delete(`condition ${name}`);
    }
  }

  findInMap(map: string, top: string, second: string, where: string): TemplateValue {
    return mappedValue(this.#template, map, top, second) ?? this.unknowns.unknown(where);
  }

  #parameter(name: string, parameter: TemplateObject): TemplateValue {
    const type = String(parameter.Type ?? 'String');
    const given = this.#options.parameters?.[name];
    const fallback = type.startsWith('AWS::SSM::Parameter::Value') ? undefined : parameter.Default;
    if (given === undefined) {
      const allowed = Array.isArray(parameter.AllowedValues) ? parameter.AllowedValues.map(String) : [];
      const known = fallback === undefined || fallback === null ? {} : { fallback: String(fallback) };
      this.#open.set(name, { allowed, ...known });
    }
    const value = given ?? fallback;
    if (value === undefined || value === null) return this.unknowns.unknown(`Parameters.${name}`);
    return isList(type) ? [...itemsOf(type, String(value))] : String(value);
  }

  #identity(logicalId: string, where: string): Pick<OpenResource, 'name' | 'ref' | 'arn'> {
    const known = this.#identities.get(logicalId);
    if (known !== undefined) return known;
    if (this.#resolving.has(logicalId))
      throw new TemplateError(where, `the name of ${logicalId} refers to itself`);
    this.#resolving.add(logicalId);
    const resource = this.#resources.get(logicalId);
    const identity = openIdentity(String(resource?.Type), logicalId, this.#options, (name) =>
      namingProperty(resource, logicalId, name, this),
    );
    this.#resolving.delete(logicalId);
    this.#identities.set(logicalId, identity);
    return identity;
  }
}

/** CloudFormation refuses a value of no parameter, and one that is none of those that the template allows. */
function assertAllowed(where: string, parameter: TemplateValue | undefined, given: string): void {
  if (parameter === undefined) throw new TemplateError(where, 'the template has no such parameter');
  if (!isObject(parameter) || !Array.isArray(parameter.AllowedValues)) return;
  const allowed = parameter.AllowedValues.map(String);
  const odd = itemsOf(String(parameter.Type ?? 'String'), given).find((item) => !allowed.includes(item));
  if (odd !== undefined) throw new TemplateError(where, `"${odd}" is none of ${allowed.join(', ')}`);
}

/** The values of a list, or the one value. */
function itemsOf(type: string, value: string): readonly string[] {
  return isList(type) ? value.split(',').map((item) => item.trim()) : [value];
}

const isList = (type: string): boolean => type === 'CommaDelimitedList' || type.startsWith('List<');

/** Only what is about IAM is worked out; a property of another resource may be whatever it is. */
const isRead = (type: string): boolean =>
  /^AWS::(IAM|SSO|Organizations|Rekognition|Cognito|CloudFormation)::/.test(type);

/** `{{resolve:ssm:…}}` is worked out by the deployment. */
function withoutDynamic(value: TemplateObject, unknowns: Unknowns): TemplateObject {
  const visit = (one: TemplateValue): TemplateValue => {
    if (typeof one === 'string') {
      return one.replaceAll(/\{\{resolve:[^}]*\}\}/g, (reference) => unknowns.unknown(reference));
    }
    if (Array.isArray(one)) return one.map(visit);
    if (!isObject(one)) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, visit(item)]));
  };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item)]));
}

/** Writes out `Fn::ForEach::Name: [Identifier, [values], { 'Key${Identifier}': … }]` over known values. */
function expandForEach(entries: TemplateObject, scope: Scope): TemplateObject {
  const expanded: TemplateObject = {};
  for (const [key, value] of Object.entries(entries)) {
    const [identifier, collection, body] = Array.isArray(value) ? value : [];
    const values =
      key.startsWith('Fn::ForEach::') && collection ? resolveValue(collection, scope, key) : undefined;
    if (typeof identifier !== 'string' || !Array.isArray(values) || !isObject(body)) {
      expanded[key] = value;
      continue;
    }
    for (const item of values) {
      Object.assign(expanded, expandForEach(replaced(body, identifier, String(item)), scope));
    }
  }
  return expanded;
}

function replaced(body: TemplateObject, identifier: string, value: string): TemplateObject {
  const texts = (text: string) =>
    text
      .replaceAll(`\${${identifier}}`, value)
      .replaceAll(`&{${identifier}}`, value.replaceAll(/[^A-Za-z0-9]/g, ''));
  const visit = (one: TemplateValue): TemplateValue => {
    if (typeof one === 'string') return texts(one);
    if (Array.isArray(one)) return one.map(visit);
    if (!isObject(one)) return one;
    if (one.Ref === identifier) return value;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [texts(key), visit(item)]));
  };
  return Object.fromEntries(Object.entries(body).map(([key, item]) => [texts(key), visit(item)]));
}
