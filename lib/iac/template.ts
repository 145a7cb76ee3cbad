import {
  type OpenResource,
  type OpenTemplate,
  openTemplate,
  TemplateError,
} from '@permission-check/cloudformation';
import { InputError } from '#lib/errors.ts';
import { samPolicyTemplate } from './sam-policy-templates.ts';
import { partsOf } from './secrets.ts';
import { bearingTogether } from './template-bearing.ts';
import { type Axis, type Choice, type Decided, TemplateChoices } from './template-choices.ts';
import { bearsOnAccess, type CfnResource, cfnDeclarations, cfnOpen } from './template-declarations.ts';
import type { Declaration, Open, Planned } from './types.ts';
import { hasUnknown, unknown } from './unknown.ts';
import type { Reading } from './worlds.ts';

export interface TemplateReadOptions {
  readonly file: string;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly stackName?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** How a place of the template is called in messages, by logical id. */
  readonly addressOf?: ((logicalId: string) => string) | undefined;
  /** Logical ids of stacks whose templates are read beside this one. */
  readonly read?: ReadonlySet<string>;
}

/** Readings of one template that are tried; each is judged on its own. */
const READINGS = 256;

/**
 * Reads a CloudFormation or SAM template in every way that it may be deployed: with the defaults of its parameters, with
 * the other values that they allow, and with each condition that nothing known decides. What bears on nobody's access is
 * not chosen at all, and what bears on different principals not in every combination (template-bearing.ts).
 *
 * @throws {InputError} naming file, line and place of what a deployment would refuse.
 */
export function readTemplate(text: string, options: TemplateReadOptions): Reading[] {
  const choices = new TemplateChoices(reader(text, options));
  const found = choicesOf(choices, options);
  const { axes } = choices;
  if (found === undefined) {
    const planned = plannedOf(choices.template(new Map()), options);
    return [{ planned: { ...planned, open: [...planned.open, tooMany(axes, options.file)] }, usual: true }];
  }
  if (axes.length === 0) return [{ planned: plannedOf(choices.template(new Map()), options), usual: true }];
  const readings = found.map((choice) => readingOf(choices, choice, options));
  const note = noteOn(axes, readings, options.file);
  const inOrder = readings.sort((a, b) => Number(b.usual) - Number(a.usual) || told(a) - told(b));
  return different(inOrder).map((reading) => ({
    ...reading,
    planned: { ...reading.planned, notes: [...reading.planned.notes, note] },
  }));
}

/** The choices to read the template with, the usual one first; undefined where they are too many. */
function choicesOf(choices: TemplateChoices, options: TemplateReadOptions): Choice[] | undefined {
  const declarations = declarationsOf(choices, options);
  if (declarations === undefined) return undefined;
  const usual = choices.usual();
  const found = new Map([[choices.keyOf(usual), usual]]);
  for (const resources of bearingTogether(declarations.open, declarations.settled)) {
    const ways = choices.waysOf(resources, READINGS);
    if (ways === undefined) return undefined;
    for (const { choice } of ways) {
      const key = choices.keyOf(new Map([...usual, ...choice]));
      if (!found.has(key)) found.set(key, choice);
    }
    if (found.size > READINGS) return undefined;
  }
  return [...found.values()];
}

/** What each resource declares, whatever is chosen; undefined where that alone can be too much. */
function declarationsOf(choices: TemplateChoices, options: TemplateReadOptions) {
  const ids = new Set(['Resources']);
  const open = new Map<string, readonly Declaration[]>();
  const settled: Declaration[] = [];
  for (const id of ids) {
    const ways = choices.waysOf([id], READINGS);
    if (ways === undefined) return undefined;
    // With other values there may be other resources.
    for (const { template } of ways) for (const other of template.reads.keys()) ids.add(other);
    const own = ways
      .flatMap(({ template }) => template.resources.filter(({ logicalId }) => logicalId === id))
      .flatMap((resource) => cfnDeclarations(cfnResource(resource, options)));
    if (ways.length === 1) settled.push(...own);
    else open.set(id, own);
  }
  return { open, settled };
}

/** The first of those readings that come to the same. */
function different(readings: readonly Reading[]): readonly Reading[] {
  const firsts = new Map<string, Reading>();
  for (const reading of readings) {
    const key = JSON.stringify(reading.planned);
    if (!firsts.has(key)) firsts.set(key, reading);
  }
  return [...firsts.values()];
}

const namesOf = (axes: readonly Axis[]): string => axes.map(({ name }) => name).join(', ');

function tooMany(axes: readonly Axis[], file: string): Open {
  const reason = `${file} can be deployed in more than ${READINGS} ways (${namesOf(axes)}), and only one of them was read: give --parameter`;
  return { source: { address: file }, reason };
}

/** The template with one choice; what it does not choose is as usual. */
function readingOf(choices: TemplateChoices, choice: Choice, options: TemplateReadOptions): Reading {
  const template = choices.template(new Map([...choices.usual(), ...choice]));
  const chosen = choices.axes.filter(({ path }) => choice.has(path));
  const isFallback = ({ path, fallback }: Axis) => choice.get(path) === fallback;
  const usual = chosen.every((axis) => axis.fallback === undefined || isFallback(axis));
  const label = chosen
    .filter((axis) => usual || !isFallback(axis))
    .map(({ path, name }) => `${name}=${choice.get(path)}`)
    .join(', ');
  return { planned: plannedOf(template, options), label, usual };
}

/** What a reader should know of what was not given. */
function noteOn(axes: readonly Axis[], readings: readonly Reading[], file: string): string {
  const usual = readings.find((one) => one.usual);
  const taken =
    axes.every(({ fallback }) => fallback !== undefined) && usual?.label !== undefined
      ? `; taken here: ${usual.label}, and the others are looked at`
      : '';
  return `${file}: ${namesOf(axes)} ${axes.length === 1 ? 'is' : 'are'} not given${taken} (--parameter NAME=VALUE)`;
}

/** How much a reading tells: the plainest first, so that what it leads to is told of it. */
const told = ({ label = '' }: Reading): number => label.split(', ').length;

function reader(text: string, options: TemplateReadOptions): (decided: Decided) => OpenTemplate {
  const { file, accountId, region, partition, stackName, parameters } = options;
  const open = orInputError(file, () => openTemplate(text));
  return (decided) =>
    orInputError(file, () =>
      open({
        accountId,
        region,
        partition,
        stackName,
        parameters: { ...decided.parameters, ...parameters },
        assumed: decided.conditions,
        unknowns: { unknown, isOpen: hasUnknown },
        isWanted: bearsOnAccess,
        policyTemplate: samPolicyTemplate,
      }),
    );
}

function orInputError<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof TemplateError)
      throw new InputError(`${file}: ${error.message.replaceAll('\n', ' ')}`);
    throw error;
  }
}

function plannedOf(template: OpenTemplate, options: TemplateReadOptions): Planned {
  const { file, accountId, partition, read } = options;
  const resources = template.resources.map((resource) => cfnResource(resource, options));
  const macros = template.macros.map((macro) => ({
    source: { address: file, file },
    reason: `The macro ${macro} may change everything in the template`,
  }));
  const isUnseen = ({ logicalId }: CfnResource) => read?.has(logicalId) !== true;
  return {
    format: 'CloudFormation template',
    file,
    accountId,
    partition,
    removed: [],
    added: resources.flatMap(cfnDeclarations),
    unchanged: [],
    open: [...resources.filter(isUnseen).flatMap(cfnOpen), ...macros],
    notes: template.notes.map((note) => `${file}: ${note}`),
    secrets: template.secrets.flatMap(partsOf),
  };
}

function cfnResource(
  resource: OpenResource,
  { file, addressOf, partition, accountId }: TemplateReadOptions,
): CfnResource {
  const { type, logicalId, name, arn, properties, line } = resource;
  const address = addressOf?.(logicalId) ?? `Resources.${logicalId}`;
  const source = { address, file, ...(line === undefined ? {} : { line }) };
  const iam = `arn:${partition}:iam::${accountId}:`;
  return { type, logicalId, name, arn, iam, properties, source, isNew: false };
}
