/**
 * Writes expectations.schema.json, by which editors complete and check expectations.yaml, from the schema that
 * the check itself uses.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { toJSONSchema } from 'zod';
import { fileSchema } from '#lib/expectation/schema.ts';

const schemaFile = new URL('../expectations.schema.json', import.meta.url);

/** The JSON Schema of expectations.yaml, in the draft that editors know best. */
export function expectationsJsonSchema(): object {
  return {
    title: 'Expectations: who should be able to do what in Amazon Rekognition',
    ...toJSONSchema(fileSchema, { target: 'draft-7', io: 'input' }),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(schemaFile, `${JSON.stringify(expectationsJsonSchema(), undefined, 2)}\n`);
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
  execFileSync(process.execPath, [biome, 'format', '--write', schemaFile.pathname], { stdio: 'inherit' });
}
