import { resolveCondition, UndecidedError } from './conditions.ts';
import { expandForEach, hasForEach } from './for-each.ts';
import { resolveValue, type Scope, scalar, type Unknowns } from './intrinsics.ts';
import { openIdentity } from './open-identities.ts';
import { openRoles } from './open-serverless.ts';
import type { OpenResource, OpenTemplate, OpenTemplateOptions } from './open-types.ts';
import { ReadNotes } from './read-notes.ts';
import {
  declaredCondition,
  isMade,
  mappedValue,
  namingProperty,
  pseudoParameter,
  sectionOf,
} from './sections.ts';
import { isObject, parseTemplate, TemplateError, type TemplateObject, type TemplateValue } from './yaml.ts';

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
  readonly #identities = new Map<string, Identity & { readonly reads: ReadonlySet<string> }>();
  readonly #resolving = new Set<string>();
  readonly #open = new Map<string, { readonly allowed: readonly string[]; readonly fallback?: string }>();
  readonly #undecided = new Set<string>();
  readonly #notes: string[] = [];
  readonly #macros = new Set<string>();
  readonly #reads = new Map<string, ReadonlySet<string>>();
  readonly #read = new ReadNotes();

  constructor(template: TemplateObject, options: OpenTemplateOptions) {
    this.#template = template;
    this.#options = options;
    this.unknowns = options.unknowns;
    const conditions = expandForEach(sectionOf(template, 'Conditions'), this);
    this.#template = { ...template, Conditions: conditions };
    if (hasInclude(template)) this.#macros.add('Fn::Transform');
    const declared = sectionOf(this.#template, 'Parameters');
    for (const [name, given] of Object.entries(options.parameters ?? {})) {
      assertAllowed(`Parameters.${name}`, declared[name], given);
    }
    const resources = this.#about('Resources', () => this.#declaredResources());
    const { roles, notes, macros } = openRoles(template, resources, this, {
      ...options,
      about: (id, work) => this.#about(id, work),
    });
    for (const [id, role] of roles) if (!resources.has(id)) resources.set(id, role);
    this.#notes.push(...notes);
    for (const macro of macros) this.#macros.add(macro);
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
      const where = `Resources.${logicalId}`;
      if (!this.#options.isWanted(String(resource.Type))) {
        if (resource.Condition !== undefined) this.#declared(scalar(resource.Condition, where), where);
        continue;
      }
      const madeFrom = typeof resource.MadeFrom === 'string' ? resource.MadeFrom : logicalId;
      const read = this.#about(logicalId, () =>
        isMade(resource, this, where) ? this.#readResource(logicalId, resource, lineOf(madeFrom)) : undefined,
      );
      if (read !== undefined) resources.push(read);
    }
    const transforms = this.#template.Transform ?? [];
    const names = (Array.isArray(transforms) ? transforms : [transforms]).map((one) =>
      isObject(one) ? String(one.Name) : String(one),
    );
    return {
      resources,
      reads: this.#reads,
      open: this.#open,
      undecided: [...this.#undecided],
      macros: [...names.filter((name) => !plainTransforms.has(name)), ...this.#macros],
      notes: this.#notes,
      secrets: secretsIn(sectionOf(this.#template, 'Parameters'), this.#options.parameters),
    };
  }

  #readResource(logicalId: string, resource: TemplateObject, line: number | undefined): OpenResource {
    const type = String(resource.Type);
    const where = `Resources.${logicalId}`;
    // Beside other keys it adds some that are not seen here.
    const hasMacro = JSON.stringify(resource).includes('"Fn::Transform"');
    if (hasMacro) this.#macros.add(`${where} Fn::Transform`);
    const at = line === undefined ? where : `template line ${line}: ${where}`;
    const declared = resource.Properties ?? {};
    const properties = resolveValue(declared, this, `${at}.Properties`);
    if (!isObject(properties) && isObject(declared) && hasForEach(declared)) {
      this.#macros.add(`${where}.Properties`);
    } else if (!isObject(properties) && !hasMacro) {
      throw new TemplateError(`${at}.Properties`, 'must be a mapping');
    }
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

  /** What a condition says; undefined where it may be among those that are not seen. */
  #declared(name: string, where: string): TemplateValue | undefined {
    const conditions = sectionOf(this.#template, 'Conditions');
    const isSeen = Object.hasOwn(conditions, name) || !(hasInclude(conditions) || hasForEach(conditions));
    return isSeen ? declaredCondition(this.#template, name, where) : undefined;
  }

  condition(name: string, where: string): boolean {
    const declared = this.#declared(name, where);
    if (this.#resolving.has(`condition ${name}`)) {
      throw new TemplateError(where, `the condition ${name} refers to itself`);
    }
    this.#resolving.add(`condition ${name}`);
    try {
      if (declared === undefined) throw new UndecidedError(where);
      return resolveCondition(declared, this, `Conditions.${name}`);
    } catch (error) {
      if (!(error instanceof UndecidedError)) throw error;
      this.#undecided.add(name);
      this.#read.add(`Conditions.${name}`);
      return this.#options.assumed?.[name] ?? true;
    } finally {
      this.#resolving.delete(`condition ${name}`);
    }
  }

  findInMap(
    map: string,
    top: string,
    second: string,
    where: string,
    fallback?: TemplateValue,
  ): TemplateValue {
    const mappings = sectionOf(this.#template, 'Mappings');
    const own = mappings[map];
    // What is included may be what is looked for.
    const isWhole = !hasInclude(mappings) && !(isObject(own) && hasInclude(own));
    const found = mappedValue(this.#template, map, top, second);
    return found ?? (isWhole ? fallback : undefined) ?? this.unknowns.unknown(where);
  }

  #parameter(name: string, parameter: TemplateObject): TemplateValue {
    const type = String(parameter.Type ?? 'String');
    this.#read.add(`Parameters.${name}`);
    const given = this.#options.parameters?.[name];
    const fallback = type.startsWith('AWS::SSM::Parameter::Value') ? undefined : parameter.Default;
    if (given === undefined) {
      const items = Array.isArray(parameter.AllowedValues) ? parameter.AllowedValues.map(String) : [];
      const allowed = isList(type) && items.length > 1 ? [...items, items.join(',')] : items;
      const known = fallback === undefined || fallback === null ? {} : { fallback: String(fallback) };
      this.#open.set(name, { allowed, ...known });
    }
    const value = given ?? fallback;
    if (value === undefined || value === null) return this.unknowns.unknown(`Parameters.${name}`);
    return isList(type) ? [...itemsOf(type, String(value))] : String(value);
  }

  #identity(logicalId: string, where: string): Identity {
    const known = this.#identities.get(logicalId);
    if (known !== undefined) {
      for (const read of known.reads) this.#read.add(read);
      return known;
    }
    if (this.#resolving.has(logicalId))
      throw new TemplateError(where, `the name of ${logicalId} refers to itself`);
    this.#resolving.add(logicalId);
    const resource = this.#resources.get(logicalId);
    const { result, reads } = this.#read.noting(() =>
      openIdentity(String(resource?.Type), logicalId, this.#options, (name) =>
        namingProperty(resource, logicalId, name, this),
      ),
    );
    this.#resolving.delete(logicalId);
    this.#identities.set(logicalId, { ...result, reads });
    return result;
  }

  /** Works something out for a resource, and notes what is read for it. */
  #about<Result>(logicalId: string, work: () => Result): Result {
    const { result, reads } = this.#read.noting(work);
    this.#reads.set(logicalId, new Set([...(this.#reads.get(logicalId) ?? []), ...reads]));
    return result;
  }
}

type Identity = Pick<OpenResource, 'name' | 'ref' | 'arn'>;

/** Whether a macro, `AWS::Include` say, adds entries that are not seen. */
const hasInclude = (entries: TemplateObject): boolean => Object.hasOwn(entries, 'Fn::Transform');

/** The values of parameters that CloudFormation does not show, given or not. */
function secretsIn(
  declared: TemplateObject,
  given: OpenTemplateOptions['parameters'] = {},
): readonly string[] {
  return Object.entries(declared).flatMap(([name, parameter]) => {
    if (!isObject(parameter) || !isSecret(parameter)) return [];
    const all = [given[name], parameter.Default, parameter.AllowedValues].flat();
    return all.flatMap((value) =>
      value === undefined || value === null ? [] : itemsOf(String(parameter.Type ?? 'String'), String(value)),
    );
  });
}

/** Whether CloudFormation shows no value of a parameter. */
function isSecret({ NoEcho }: TemplateObject): boolean {
  return String(NoEcho).toLowerCase() === 'true';
}

/** CloudFormation refuses a value of no parameter, and one that is none of those that the template allows. */
function assertAllowed(where: string, parameter: TemplateValue | undefined, given: string): void {
  if (parameter === undefined) throw new TemplateError(where, 'the template has no such parameter');
  if (!isObject(parameter) || !Array.isArray(parameter.AllowedValues)) return;
  const allowed = parameter.AllowedValues.map(String);
  const odd = itemsOf(String(parameter.Type ?? 'String'), given).find((item) => !allowed.includes(item));
  if (odd === undefined) return;
  const shown = isSecret(parameter)
    ? 'its value is none of the allowed'
    : `"${odd}" is none of ${allowed.join(', ')}`;
  throw new TemplateError(where, shown);
}

/** The values of a list, or the one value. */
function itemsOf(type: string, value: string): readonly string[] {
  return isList(type) ? value.split(',').map((item) => item.trim()) : [value];
}

const isList = (type: string): boolean => type === 'CommaDelimitedList' || type.startsWith('List<');

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
