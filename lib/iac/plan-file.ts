import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { InputError } from '#lib/errors.ts';
import { readTerraformPlan } from './terraform.ts';
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
  const text = withoutMarks(textOf(path));
  const value = jsonOf(text, path);
  if (isFields(value) && typeof value.format_version === 'string') {
    const { configuration } = parseTerraformPlan(value, path);
    const locate = terraformLines(configuration?.root_module, shownFolder(path), terraformFiles);
    return [{ planned: readTerraformPlan(value, { ...options, file: path, locate }), usual: true }];
  }
  throw new InputError(`${path}: ${wrongForm(value)}`);
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
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new InputError(`${path}: ${code === 'ENOENT' ? 'there is no such file' : String(error)}`);
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
