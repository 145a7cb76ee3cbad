#!/usr/bin/env node
// Starts the command line that the build made, or says what to do where there is none that fits.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

const remedy = 'run `npm ci && npm run build` in it';
const at = (path) => new URL(`../${path}`, import.meta.url);
const main = at('dist/cli/main.mjs');

if (Number(process.versions.node.split('.')[0]) < 20) {
  end(3, `this is Node.js ${process.version}; rekognition-permission-check needs Node.js 20 or newer`);
} else if (!existsSync(main)) {
  end(3, `this clone is not built: ${remedy} first`);
} else if (isOfOtherPackages()) {
  end(3, `this clone was built with other packages than its package-lock.json names: ${remedy}`);
} else {
  await start();
}

/** Whether package-lock.json changed after the build, as a pull does it. Only a clone has that file. */
function isOfOtherPackages() {
  const lock = at('package-lock.json');
  if (!existsSync(lock)) return false;
  const builtFrom = at('dist/package-lock.sha256');
  const hash = createHash('sha256').update(readFileSync(lock)).digest('hex');
  return !existsSync(builtFrom) || readFileSync(builtFrom, 'utf8') !== hash;
}

/** The command line answers for its own errors: what is thrown here is a bundle that cannot be loaded. */
async function start() {
  try {
    await import(main.href);
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split('\n');
    end(4, `the build in dist cannot be loaded (${line}): ${remedy}`);
  }
}

function end(code, message) {
  console.error(`error: ${message}`);
  process.exitCode = code;
}
