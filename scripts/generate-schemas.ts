/**
 * Writes expectations.schema.json, by which editors complete and check expectations.yaml, and announcement.schema.json,
 * which says what an event on a bus holds, from the schemas that the code itself uses.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { toJSONSchema } from 'zod';
import { fileSchema } from '#lib/expectation/schema.ts';
import { announcementSchema } from '#lib/report/channels/announcement.ts';

/** The JSON Schema of expectations.yaml, in the draft that editors know best. */
export function expectationsJsonSchema(): object {
  return {
    title: 'Expectations: who should be able to do what in Amazon Rekognition',
    ...toJSONSchema(fileSchema, { target: 'draft-7', io: 'input' }),
  };
}

/** The JSON Schema of what an event says. Fields may be added within a version, so others than these are allowed. */
export function announcementJsonSchema(): object {
  return {
    $id: 'announcement.schema.json',
    title: 'One finding of one principal that a team is told of, version 1',
    ...toJSONSchema(announcementSchema, { target: 'draft-7', io: 'input' }),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
  for (const [name, schema] of [
    ['expectations.schema.json', expectationsJsonSchema()],
    ['announcement.schema.json', announcementJsonSchema()],
  ] as const) {
    const file = new URL(`../${name}`, import.meta.url);
    writeFileSync(file, `${JSON.stringify(schema, undefined, 2)}\n`);
    execFileSync(process.execPath, [biome, 'format', '--write', file.pathname], { stdio: 'inherit' });
  }
}
