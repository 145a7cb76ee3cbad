import { type OpenTemplate, openTemplate, TemplateError } from '@permission-check/cloudformation';
import { InputError } from '#lib/errors.ts';
import { samPolicyTemplate } from './sam-policy-templates.ts';
import { cfnDeclarations, cfnOpen } from './template-declarations.ts';
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
  /** Nested templates are read beside this one. */
  readonly nestedAreRead?: boolean;
}

/** Readings of one template that are tried; each doubles the work. */
const READINGS = 512;

/**
 * Reads a CloudFormation or SAM template in every way that it may be deployed: with the defaults of its parameters, with
 * the other values that they allow, and with each condition that nothing known decides.
 *
 * @throws {InputError} naming file, line and place of what a deployment would refuse.
 */
export function readTemplate(text: string, options: TemplateReadOptions): Reading[] {
  const read = reader(text, options);
  const first = read({}, {});
  const axes = axesOf(read, options, first);
  const planned = plannedOf(first, options);
  if (axes.length === 0) return [{ planned, usual: true }];
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > READINGS)
    return [
      { planned: { ...planned, open: [...planned.open, tooMany(axes, count, options.file)] }, usual: true },
    ];
  const readings = combinations(axes).map((choice) => readingOf(read, options, choice));
  const note = noteOn(axes, readings, options.file);
  const inOrder = readings.sort((a, b) => Number(b.usual) - Number(a.usual) || choices(a) - choices(b));
  return different(inOrder).map((reading) => ({
    ...reading,
    planned: { ...reading.planned, notes: [...reading.planned.notes, note] },
  }));
}

/** The first of those readings that come to the same: what differs has nothing to do with IAM. */
function different(readings: readonly Reading[]): readonly Reading[] {
  const firsts = new Map<string, Reading>();
  for (const reading of readings) {
    const key = JSON.stringify(reading.planned);
    if (!firsts.has(key)) firsts.set(key, reading);
  }
  return [...firsts.values()];
}

/** What nobody has decided: parameters with other allowed values, and conditions. */
function axesOf(read: Read, options: TemplateReadOptions, first: OpenTemplate): Axis[] {
  const chosen = Object.keys(options.parameters ?? {});
  const parameters = [...first.open].filter(
    ([name, { allowed }]) => allowed.length > 0 && !chosen.includes(name),
  );
  return [
    ...parameters.map(
      ([name, { allowed, fallback }]): Axis => ({ name, values: allowed, fallback, kind: 'parameter' }),
    ),
    ...undecidedOf(read, first).map(
      (name): Axis => ({ name, values: ['true', 'false'], fallback: undefined, kind: 'condition' }),
    ),
  ];
}

const namesOf = (axes: readonly Axis[]): string => axes.map(({ name }) => name).join(', ');

function tooMany(axes: readonly Axis[], count: number, file: string): Open {
  const reason = `${file} can be deployed in ${count} ways (${namesOf(axes)}), and only one of them was read: give --parameter`;
  return { source: { address: file }, reason };
}

/** The template with one choice for everything that is open. */
function readingOf(read: Read, options: TemplateReadOptions, choice: readonly Choice[]): Reading {
  const of = (kind: Axis['kind']) => choice.filter(({ axis }) => axis.kind === kind);
  const values = Object.fromEntries(of('parameter').map(({ axis, value }) => [axis.name, value]));
  const assumed = Object.fromEntries(of('condition').map(({ axis, value }) => [axis.name, value === 'true']));
  const template = read(values, assumed);
  const isDefault = choice.every(({ axis, value }) => axis.fallback === undefined || value === axis.fallback);
  const told = choice.filter(({ axis, value }) => isDefault || value !== axis.fallback);
  const label = told.map(({ axis, value }) => `${axis.name}=${value}`).join(', ');
  return { planned: plannedOf(template, options), label, usual: isDefault };
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

/** The plainest choice first, so that what it leads to is told of it. */
const choices = ({ label = '' }: Reading): number => label.split(', ').length;

interface Axis {
  readonly name: string;
  readonly values: readonly string[];
  /** What is deployed where nobody chooses. */
  readonly fallback: string | undefined;
  readonly kind: 'parameter' | 'condition';
}

interface Choice {
  readonly axis: Axis;
  readonly value: string;
}

function combinations(axes: readonly Axis[]): Choice[][] {
  const [axis, ...rest] = axes;
  if (axis === undefined) return [[]];
  return axis.values.flatMap((value) => combinations(rest).map((others) => [{ axis, value }, ...others]));
}

/** Conditions that are undecided whatever allowed values the parameters have. */
function undecidedOf(read: Read, first: OpenTemplate): string[] {
  const names = new Set(first.undecided);
  // Another branch of one may read others.
  for (const name of first.undecided) {
    for (const other of read({}, { [name]: false }).undecided) names.add(other);
  }
  return [...names];
}

/** Reads the template with values of parameters, and with conditions that are taken to hold or not. */
type Read = (
  values: Readonly<Record<string, string>>,
  assumed: Readonly<Record<string, boolean>>,
) => OpenTemplate;

function reader(text: string, options: TemplateReadOptions): Read {
  const { file, accountId, region, partition, stackName, parameters } = options;
  const open = orInputError(file, () => openTemplate(text));
  return (values, assumed) =>
    orInputError(file, () =>
      open({
        accountId,
        region,
        partition,
        stackName,
        parameters: { ...values, ...parameters },
        assumed,
        unknowns: { unknown, isOpen: hasUnknown },
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
  const { file, accountId, partition, addressOf, nestedAreRead = false } = options;
  const added: Declaration[] = [];
  const open: Open[] = [];
  for (const { logicalId, type, name, arn, properties, line } of template.resources) {
    const source = {
      address: addressOf?.(logicalId) ?? `Resources.${logicalId}`,
      file,
      ...(line === undefined ? {} : { line }),
    };
    const resource = { type, logicalId, name, arn, properties, source, isNew: false };
    added.push(...cfnDeclarations(resource));
    if (!(nestedAreRead && type === 'AWS::CloudFormation::Stack')) open.push(...cfnOpen(resource));
  }
  for (const macro of template.macros) {
    open.push({
      source: { address: file, file },
      reason: `The macro ${macro} may change everything in the template`,
    });
  }
  return {
    format: 'CloudFormation template',
    file,
    accountId,
    partition,
    removed: [],
    added,
    unchanged: [],
    open,
    notes: template.notes.map((note) => `${file}: ${note}`),
  };
}
