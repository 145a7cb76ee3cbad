import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileProblem, InputError } from '#lib/errors.ts';
import { readChangeSet } from './change-set.ts';
import { type AssemblyStack, assetFiles, nestedIn, parseAssembly } from './cloud-assembly.ts';
import { UNKNOWN_ACCOUNT } from './planned-principal.ts';
import { together, withOpen } from './readings.ts';
import { readTemplate, type TemplateReadOptions } from './template.ts';
import { readTerraformPlan } from './terraform.ts';
import { literalAccountOf } from './terraform-accounts.ts';
import { terraformLines } from './terraform-lines.ts';
import { parseTerraformPlan } from './terraform-plan.ts';
import { withoutMarks } from './unknown.ts';
import type { Reading } from './worlds.ts';

export interface PlanFileOptions {
  readonly accountId?: string | undefined;
  readonly partition?: string | undefined;
  /** Of a template, where nothing else says it. */
  readonly region?: string | undefined;
  /** The name of a template's stack; absent: it is not known. */
  readonly stackName?: string | undefined;
  /** Values of a template's parameters. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads what is about to be deployed: `terraform show -json` of a plan, a CloudFormation or SAM template, a CDK cloud
 * assembly, or a CloudFormation change set. Each is known by its form.
 *
 * @returns the ways to read it, the usual one first.
 * @throws {InputError} in one line: the file, the place in it, and what to do.
 */
export function readPlanFile(path: string, options: PlanFileOptions = {}): Reading[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return readAssembly(path, options);
  const text = withoutMarks(textOf(path));
  const value = text.trimStart().startsWith('{') ? jsonOf(text, path) : undefined;
  if (isFields(value) && typeof value.format_version === 'string') {
    const { configuration } = parseTerraformPlan(value, path);
    const locate = terraformLines(configuration?.root_module, shownFolder(path), terraformFiles);
    return [{ planned: readTerraformPlan(value, { ...options, file: path, locate }), usual: true }];
  }
  if (isFields(value) && Array.isArray(value.Changes)) {
    const { partition = 'aws', region = 'us-east-1', accountId } = options;
    return [{ planned: readChangeSet(value, { file: path, accountId, partition, region }), usual: true }];
  }
  if (
    value === undefined
      ? /^["']?Resources["']?\s*:/m.test(text)
      : isFields(value) && isFields(value.Resources)
  ) {
    return readTemplate(text, { ...placeOf(text, options), file: path, stackName: options.stackName });
  }
  throw new InputError(`${path}: ${wrongForm(value)}`);
}

/** Where a template is deployed: as given, or in the one account that it names. */
function placeOf(text: string, { accountId, region = 'us-east-1', partition, parameters }: PlanFileOptions) {
  return {
    accountId: accountId ?? literalAccountOf(text) ?? UNKNOWN_ACCOUNT,
    region,
    partition: partition ?? partitionOf(region),
    parameters,
  };
}

function partitionOf(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** Every stack of a cloud assembly, those of its stages among them, and the templates nested in them. */
function readAssembly(path: string, options: PlanFileOptions): Reading[] {
  const stacks = [...stacksOf(path)];
  const accounts = new Set(stacks.flatMap(({ stack }) => stack.accountId ?? []));
  if (options.accountId === undefined && accounts.size > 1) {
    throw new InputError(
      `${path} deploys to several accounts (${[...accounts].join(', ')}): choose one with --account-id`,
    );
  }
  const accountId = options.accountId ?? [...accounts][0];
  const wanted = stacks.filter(({ stack }) => stack.accountId === undefined || stack.accountId === accountId);
  if (wanted.length === 0)
    throw new InputError(`${path}: no stack is deployed to ${accountId ?? 'an account'}`);
  const all = wanted.flatMap(({ folder, stack, isIncomplete }) => {
    const place = (text: string) => ({
      ...placeOf(text, { ...options, accountId, region: stack.region ?? options.region }),
      parameters: parametersFor(text, { ...stack.parameters, ...options.parameters }),
      stackName: options.stackName ?? stack.stackName,
      addressOf: (logicalId: string) => stack.paths.get(logicalId)?.replace(/^\//, '') ?? logicalId,
    });
    const file = join(folder, stack.templateFile);
    const readings = readWithNested(file, assetsOf(folder), place);
    const missing = {
      source: { address: stack.stackName, file },
      reason: `${path} lacks lookups (cdk synth without credentials), so its templates are not final`,
    };
    return isIncomplete ? readings.map((one) => withOpen(one, missing)) : readings;
  });
  return together(all);
}

type TemplatePlace = Omit<TemplateReadOptions, 'file' | 'read'>;

/** The readings of a template of an assembly, and of those that are nested in it, as far as they are there. */
function readWithNested(
  file: string,
  assets: ReadonlyMap<string, string>,
  placeOfText: (text: string) => TemplatePlace,
): Reading[][] {
  const text = withoutMarks(textOf(file));
  const nested = nestedIn(jsonOf(text, file), assets);
  const own = readTemplate(text, { ...placeOfText(text), file, read: new Set(nested.keys()) });
  const inside = [...nested.values()].flatMap(({ path, parameters }) =>
    readWithNested(path, assets, (inner) => {
      const { stackName: _, addressOf: __, ...place } = placeOfText(inner);
      return { ...place, parameters: parametersFor(inner, parameters) };
    }),
  );
  return [own, ...inside];
}

function* stacksOf(
  folder: string,
): Generator<{ folder: string; stack: AssemblyStack; isIncomplete: boolean }> {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file))
    throw new InputError(
      `${folder}: no manifest.json in it: a folder must be what \`cdk synth\` writes (cdk.out)`,
    );
  const { stacks, stages, isIncomplete } = parseAssembly(jsonOf(textOf(file), file), file);
  for (const stack of stacks) yield { folder, stack, isIncomplete };
  for (const stage of stages) yield* stacksOf(join(folder, stage));
}

/** The given values of those parameters that a template has: a value may be meant for another stack. */
function parametersFor(text: string, given: Readonly<Record<string, string>>): Record<string, string> {
  const value = jsonOf(text, '');
  const declared = isFields(value) && isFields(value.Parameters) ? value.Parameters : {};
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(declared, name)));
}

/** The files of an assembly that its templates refer to by hash. */
function assetsOf(folder: string): Map<string, string> {
  const manifests = readdirSync(folder).filter((name) => name.endsWith('.assets.json'));
  const paths = manifests.flatMap((name) => {
    const file = join(folder, name);
    return [...assetFiles(jsonOf(textOf(file), file))].map(
      ([hash, path]) => [hash, join(folder, path)] as const,
    );
  });
  return new Map(paths.filter(([, path]) => path.endsWith('.template.json') && existsSync(path)));
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.subarray(0, 2).toString('latin1') === 'PK') {
      throw new InputError(
        `${path} is a plan as Terraform saves it: give what \`terraform show -json ${path}\` prints`,
      );
    }
    if (bytes.subarray(0, 2).toString('hex') === 'fffe') {
      throw new InputError(`${path} is UTF-16 (PowerShell's > writes that): save it as UTF-8`);
    }
    return bytes.toString('utf8').replace(/^\ufeff/, '');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${path}: ${fileProblem(error)}`);
  }
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (/^\{"@level"/.test(text)) {
      throw new InputError(
        `${path}: these are the messages of \`terraform plan -json\`: give what \`terraform show -json PLAN\` prints`,
      );
    }
    throw new InputError(`${path}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function wrongForm(value: unknown): string {
  if (isFields(value) && Array.isArray(value.steps))
    return 'this looks like a preview of Pulumi, which is not read here';
  return 'neither a plan (`terraform show -json PLAN`), a template, a change set nor a cloud assembly';
}

function isFields(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The folder of a file as people see it from where they are: `.`, `infra`. */
function shownFolder(path: string): string {
  const folder = relative(process.cwd(), dirname(path));
  return folder === '' ? '.' : folder;
}

function terraformFiles(folder: string): ReadonlyMap<string, string> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return new Map();
  const names = readdirSync(folder).filter((name) => /\.(tf|tofu)$/.test(name));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
