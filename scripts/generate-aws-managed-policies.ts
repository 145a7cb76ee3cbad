/**
 * Writes lib/catalog/aws-managed-policies.json: of the AWS managed policies that say something about Rekognition without
 * allowing anything in it, the statements about it; and the names of all that say nothing.
 *
 *     npm run catalog -- FILE
 *
 * FILE: every AWS managed policy as IAM hands it out, name → { VersionId, Document }; by default
 * ../shared/data/aws-managed-policies.json, without which the file stays as it is.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import { otherPolicies } from '#lib/catalog/other-policies.ts';
import { rekognitionPart, statementsSchema } from './rekognition-part.ts';

const publishedSchema = z.record(
  z.string(),
  z.object({
    VersionId: z.string(),
    Document: z.object({
      Version: z.string(),
      Statement: statementsSchema,
    }),
  }),
);

/** The contents of the file, from all policies as IAM hands them out. */
export function generatePolicies(published: unknown) {
  const rest = Object.entries(publishedSchema.parse(published)).filter(
    ([name]) => !Object.hasOwn(managedPolicies, name) && !otherPolicies.has(name),
  );
  const parts = rest.map(
    ([
      name,
      {
        VersionId: versionId,
        Document: { Version, Statement },
      },
    ]) => {
      const statements = Statement.flatMap((one) => rekognitionPart(one) ?? []);
      return { name, statements, policy: { versionId, document: { Version, Statement: statements } } };
    },
  );
  const sorted = parts.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    policies: Object.fromEntries(
      sorted.flatMap(({ name, statements, policy }) => (statements.length > 0 ? [[name, policy]] : [])),
    ),
    others: sorted.flatMap(({ name, statements }) => (statements.length === 0 ? [name] : [])),
  };
}

const shared = new URL('../../shared/data/aws-managed-policies.json', import.meta.url);
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = process.argv[2] ?? fileURLToPath(shared);
  if (existsSync(file)) {
    const target = new URL('../lib/catalog/aws-managed-policies.json', import.meta.url);
    writeFileSync(target, `${JSON.stringify(generatePolicies(JSON.parse(readFileSync(file, 'utf8'))))}\n`);
    const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
    execFileSync(process.execPath, [biome, 'format', '--write', target.pathname], { stdio: 'inherit' });
  } else console.log(`aws-managed-policies.json stays as it is: there is no ${file}`);
}
