import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type BundleInputs, bundleInputs, handlerNames, root } from '#test/support/handler-bundles.ts';
import {
  deployedWith,
  everything,
  functionOf,
  ofType,
  templateText,
  written,
} from '#test/support/template.ts';

let bundles: ReadonlyMap<string, BundleInputs>;
/** The project's own sources in a function's bundle. */
let sourcesOf: (handler: string) => string[];
beforeAll(async () => {
  bundles = await bundleInputs();
  sourcesOf = (handler) =>
    [...(bundles.get(handler) ?? new Map<string, number>()).keys()]
      .filter((path) => /^(handlers|lib)\/.*\.ts$/.test(path))
      .map((path) => readFileSync(join(root, path), 'utf8'));
});

describe('functions', () => {
  it('are the files of handlers/', () => {
    expect(everything.functions.map(({ codeUri }) => codeUri).sort()).toEqual(
      handlerNames.map((name) => `dist/${name}`),
    );
  });

  it.each(handlerNames)('%s runs as all do', (handler) => {
    const one = functionOf(handler);
    expect(one).toMatchObject({ handler: 'index.handler', runtime: 'nodejs24.x', logFormat: 'JSON' });
    const { properties } = everything.resources.get(one.logicalId) ?? {};
    expect(properties?.Architectures).toEqual(['arm64']);
  });

  it.each(handlerNames)('%s is given the environment variables that it reads, and no others', (handler) => {
    expect(Object.keys(functionOf(handler).environment).sort()).toEqual(variablesRead(sourcesOf(handler)));
  });

  it.each(handlerNames)('%s writes to a log group that forgets', (handler) => {
    const { logGroup } = functionOf(handler);
    const group = ofType('AWS::Logs::LogGroup').find(({ name }) => name === logGroup);
    expect(group?.properties.RetentionInDays).toBe(everything.parameters.LogRetentionDays);
  });
});

/** Set by Lambda itself, or by somebody who tests: Lambda Developer Guide, "Defined runtime environment variables". */
const notOurs = new Set(['AWS_REGION', 'AWS_ENDPOINT_URL']);
/** Read by Powertools: Logger and Metrics, "Environment variables". */
const readByPowertools = { Logger: 'POWERTOOLS_SERVICE_NAME', Metrics: 'POWERTOOLS_METRICS_NAMESPACE' };

/** The names in the schemas of readEnvironment, and what is taken from process.env. */
function variablesRead(sources: readonly string[]): string[] {
  const names = sources.flatMap((source) => [
    ...[...source.matchAll(/readEnvironment\(\s*z\.object\(\{(.*?)\}\)/gs)].flatMap(([, schema = '']) =>
      [...schema.matchAll(/\b(\w+):/g)].map(([, name = '']) => name),
    ),
    ...[...source.matchAll(/process\.env\b(?!;|,|\))(\.(\w+)|.{0,9})/g)].map(([all, , name]) => name ?? all),
    ...Object.entries(readByPowertools).flatMap(([made, name]) =>
      source.includes(`new ${made}(`) ? [name] : [],
    ),
  ]);
  return [...new Set(names)].filter((name) => !notOurs.has(name)).sort();
}

describe('parameters', () => {
  const plain = deployedWith({});
  const { ParameterGroups: groups, ParameterLabels: labels } =
    written.Metadata['AWS::CloudFormation::Interface'];
  const parameters = Object.entries(written.Parameters);

  it('are each in one group of the console form, with a label', () => {
    const names = parameters.map(([name]) => name).sort();
    expect(groups.flatMap((group) => group.Parameters).sort()).toEqual(names);
    expect(Object.keys(labels).sort()).toEqual(names);
    for (const { default: text } of [...Object.values(labels), ...groups.map(({ Label }) => Label)])
      expect(text).not.toBe('');
  });

  it.each(parameters)('%s is described, used, and allows its own default', (name, one) => {
    expect(one.Description.length).toBeGreaterThan(10);
    expect(templateText).toMatch(new RegExp(`!Ref ${name}\\b`));
    const pattern = one.AllowedPattern;
    if (pattern !== undefined) {
      expect(String(one.Default)).toMatch(new RegExp(pattern));
      expect(one.ConstraintDescription, 'a pattern says nothing to people').toBeDefined();
    }
    if (one.AllowedValues !== undefined) expect(one.AllowedValues).toContain(one.Default);
    if (one.Type === 'Number' && one.AllowedValues === undefined) {
      expect(one.MinValue).toBeLessThanOrEqual(Number(one.Default));
      expect(one.MaxValue).toBeGreaterThanOrEqual(Number(one.Default));
    }
  });

  it.each(Object.keys(written.Conditions))(
    'the condition %s is used, and is false unless somebody chooses it',
    (name) => {
      expect(templateText).toMatch(new RegExp(`Condition:? ${name}\\b|If\\s*(\\[|- |\\n\\s*- )${name}\\b`));
      expect([everything.conditions[name], plain.conditions[name]]).toEqual([true, false]);
    },
  );

  it.each([
    ['NotificationEmail', 'team at example.com'],
    ['SweepSchedule', 'daily'],
    ['WeeklyReport', 'sometimes'],
    ['IamCallsPerSecond', '100'],
    ['RolePath', 'security'],
    ['PermissionsBoundary', 'boundary'],
  ])('%s refuses %s', (name, value) => {
    expect(() => deployedWith({ [name]: value })).toThrow(name);
  });
});

describe('roles', () => {
  it('have the permissions boundary and the path that were asked for, and none unless they were', () => {
    const { PermissionsBoundary, RolePath } = everything.parameters;
    expect(everything.roles.map(({ boundaryArn }) => boundaryArn)).toEqual(
      everything.roles.map(() => PermissionsBoundary),
    );
    // Probing finds canaries by their path, which is theirs alone.
    const others = everything.roles.filter(({ logicalId }) => !logicalId.startsWith('Canary'));
    for (const { arn } of others) expect(arn).toContain(`:role${RolePath}`);
    const used = [...everything.functions, ...everything.schedules].map(({ roleArn }) => roleArn);
    expect(others.map(({ arn }) => arn)).toEqual(expect.arrayContaining(used));
    const plain = deployedWith({});
    expect(plain.roles.filter(({ boundaryArn }) => boundaryArn !== undefined)).toEqual([]);
    for (const { roleArn } of [...plain.functions, ...plain.schedules])
      expect(roleArn).toMatch(/:role\/[^/]+$/);
  });
});

describe('docs/operation.md', () => {
  const page = readFileSync(join(root, 'docs/operation.md'), 'utf8');
  const plain = deployedWith({});

  it('counts the metrics that alarms watch', () => {
    const watched = [...plain.resources.values()]
      .filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
      .flatMap(({ properties: { Metrics = [{ MetricStat: true }] } }) =>
        z.array(z.looseObject({ MetricStat: z.unknown().optional() })).parse(Metrics),
      )
      .filter(({ MetricStat }) => MetricStat !== undefined);
    expect(page).toContain(`${watched.length} metrics that alarms watch`);
    expect(page).toContain(`| CloudWatch alarms | ${(0.1 * watched.length).toFixed(2)} |`);
  });

  it('adds up', () => {
    const rows = page.split('\n').filter((line) => /^\| .* \| \*{0,2}[\d.]+\*{0,2} \|/.test(line));
    const numbers = rows.map((row) =>
      row
        .split('|')
        .slice(2, 5)
        .map((cell) => Math.round(100 * Number(cell.replaceAll('*', '')))),
    );
    const sums = [0, 1, 2].map((column) =>
      numbers.slice(0, -1).reduce((sum, row) => sum + (row[column] ?? 0), 0),
    );
    expect(sums).toEqual(numbers.at(-1));
  });

  it('names every bucket that an uninstallation leaves, and no other', () => {
    const kept = written.Resources;
    const buckets = Object.entries(kept).filter(([, { Type }]) => Type === 'AWS::S3::Bucket');
    expect(buckets.length).toBeGreaterThan(2);
    for (const [, { DeletionPolicy }] of buckets) expect(DeletionPolicy).toBe('Retain');
    const named = [...page.matchAll(/^\| `(\w+Bucket)` \|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(buckets.map(([name]) => name).sort());
    const others = Object.entries(kept).filter(([, { Type }]) => Type !== 'AWS::S3::Bucket');
    for (const [name, { DeletionPolicy }] of others) expect(DeletionPolicy ?? 'Delete', name).toBe('Delete');
  });
});

describe('what the Serverless Application Repository is told', () => {
  const application = written.Metadata['AWS::ServerlessRepo::Application'];
  it('is what the package says, and names files that are there', () => {
    const { version, license } = z
      .object({ version: z.string(), license: z.string() })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    expect(application).toMatchObject({ SemanticVersion: version, SpdxLicenseId: license });
    for (const file of [application.LicenseUrl, application.ReadmeUrl])
      expect(readFileSync(join(root, file), 'utf8').length).toBeGreaterThan(1000);
  });
});

describe.skipIf(!installed('cfn-lint'))('cfn-lint', () => {
  it('has nothing to say', () => {
    const lint = () => execFileSync('cfn-lint', ['template.yaml'], { cwd: root, encoding: 'utf8' });
    expect(lint()).toBe('');
  }, 180_000);
});

function installed(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn(`${program} is not installed: template.yaml is not linted`);
    return false;
  }
}

it('gives every function a role of the stack', () => {
  expect(everything.functions.map((one) => one.logicalId)).toContain('CheckNowFunction');
  for (const one of everything.functions) {
    expect(everything.roles.map((role) => role.arn)).toContain(one.roleArn);
  }
});
