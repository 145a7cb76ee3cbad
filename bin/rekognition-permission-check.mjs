#!/usr/bin/env node
// Starts the command line that the build made, or says what to do where there is none.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.mjs', import.meta.url);
if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(
    `error: this is Node.js ${process.version}; rekognition-permission-check needs Node.js 20 or newer`,
  );
  process.exitCode = 3;
} else if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('error: this clone is not built: run `npm ci && npm run build` in it first');
  process.exitCode = 3;
}
