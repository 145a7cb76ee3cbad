import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { handlerNames, root } from '#test/support/handler-bundles.ts';
import { functionOf } from '#test/support/template.ts';

const bundleOf = (name: string) => join(root, 'dist', name, 'index.mjs');
/** The bundle, and what it imports without being asked: of the rest is loaded what is needed. */
function loadedAtStart(name: string): string[] {
  const loaded = new Set([bundleOf(name)]);
  for (const path of loaded) {
    const imports = readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*"\.\/([\w-]+\.mjs)"/g);
    for (const [, file = ''] of imports) loaded.add(join(root, 'dist', name, file));
  }
  return [...loaded];
}
/** What the build says went into each bundle. */
const inputs = z
  .record(z.string(), z.array(z.string()))
  .parse(JSON.parse(readFileSync(join(root, 'dist', 'inputs.json'), 'utf8')));

/** The Node.js that the functions run on in Lambda, and the one that runs this test. */
const nodes = [createRequire(import.meta.url).resolve('node/bin/node'), process.execPath].map((path) => {
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  return { path, version };
});

describe.each(nodes)('under Node.js $version', ({ path }) => {
  it.each(handlerNames)('%s starts with the environment of the template', (name) => {
    const script = `const { handler } = await import(${JSON.stringify(pathToFileURL(bundleOf(name)).href)});
      console.log(typeof handler, handler.length <= 2); process.exit(0);`;
    const out = execFileSync(path, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
      // The AWS SDK warns about Node.js 20, on which nothing is deployed.
      env: { ...functionOf(name).environment, AWS_REGION: 'us-east-1', NODE_NO_WARNINGS: '1' },
    });
    // Lambda refuses a handler with a callback on Node.js 24.
    expect(out.trim()).toBe('function true');
  });

  it.each(handlerNames)('%s says which variables it misses', (name) => {
    const script = `import(${JSON.stringify(pathToFileURL(bundleOf(name)).href)}).catch(({ message }) => console.log(message))`;
    const out = execFileSync(path, ['--eval', script], {
      encoding: 'utf8',
      env: { AWS_REGION: 'us-east-1' },
    });
    expect(out).toMatch(/^the function's environment is not as template.yaml sets it: [A-Z_]+: /);
  });
});

describe('bundles', () => {
  it('are those of handlers/', () => {
    expect(Object.keys(inputs).sort()).toEqual(handlerNames);
  });

  it.each(handlerNames)(
    '%s holds the code that is deployed, and none of what only tests and people run',
    (name) => {
      const foreign = (inputs[name] ?? []).filter(
        (path) =>
          !/^(handlers|lib|node_modules|package\.json$|packages\/iam-policy\/(index\.ts$|src))\b/.test(path),
      );
      // The stand-in for node:http, see scripts/function-bundle.mjs.
      expect(foreign.filter((path) => path !== 'as-required:node:http')).toEqual([]);
    },
  );

  it.each(handlerNames)(
    '%s holds no copyleft, no whole zod, and no way to credentials but the environment',
    (name) => {
      const packages = new Set(
        (inputs[name] ?? []).flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []),
      );
      for (const one of packages)
        expect(licenseOf(one), one).toMatch(/^(Apache-2\.0|MIT|MIT-0|ISC|BSD-[23]-Clause|0BSD)$/);
      const zod = (inputs[name] ?? []).filter((path) => /node_modules\/zod\//.test(path));
      expect(zod.filter((path) => !/zod\/(v4\/)?(mini|core|locales)\//.test(path))).toEqual([]);
      expect(zod.filter((path) => /v4\/classic/.test(path))).toEqual([]);
      const sources = [...packages].filter((one) => /credential-provider-(?!env$)/.test(one));
      expect(sources).toEqual([]);
    },
  );

  it('count an expectations.yaml that was edited beside them, and one that is given', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
    try {
      cpSync(join(root, 'dist', 'check-now'), directory, { recursive: true });
      writeFileSync(join(directory, 'expectations.yaml'), 'default: built-in\nregion: here\n');
      const url = pathToFileURL(join(directory, 'index.mjs')).href;
      // A DynamoDB that has no item: nothing was taken from the stack's bucket.
      const script = `const { createServer } = await import('node:http');
        const server = createServer((_, answer) => answer.end('{}')).listen(0, '127.0.0.1');
        await new Promise((resolve) => server.once('listening', resolve));
        process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:' + server.address().port;
        const { handler } = await import(${JSON.stringify(url)});
        for (const event of [{}, { expectations: 'default: [' }])
          console.log(await handler(event).catch(({ message }) => message));
        process.exit(0);`;
      const out = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        encoding: 'utf8',
        env: {
          ...functionOf('check-now').environment,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'key',
          AWS_SECRET_ACCESS_KEY: 'secret',
          NODE_NO_WARNINGS: '1',
        },
      });
      expect(out.split('\n')).toEqual([
        expect.stringMatching(/^expectations\.yaml:2: region: expected a Region/),
        expect.stringMatching(/^expectations of the event:1: not valid YAML/),
        '',
      ]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each(handlerNames)('%s has the YAML parser at hand only, if at all', (name) => {
    const bundle = readFileSync(bundleOf(name), 'utf8');
    for (const path of loadedAtStart(name))
      expect(readFileSync(path, 'utf8'), path).not.toContain('yaml.document');
    const uses = (inputs[name] ?? []).some((path) => path === 'lib/expectation/yaml-file.ts');
    expect(/import\("\.\/(yaml-file|deployable|make)-\w+\.mjs"\)/.test(bundle)).toBe(uses);
  });

  it('are no larger than they need to be', () => {
    const sizes = handlerNames.map((name) => {
      const code = Buffer.concat(loadedAtStart(name).map((path) => readFileSync(path)));
      const zipped = Math.round(gzipSync(code).length / 1000);
      return { name, kilobytes: Math.round(code.length / 1000), zipped };
    });
    console.table(sizes);
    // The SDK clients alone are 210 to 340 KB; 70 KB more is the catalogue. check-principals judges, and so has the search,
    // who can become whom, and the words of every finding. probe-roles has Rekognition's client as well.
    // check-now has DynamoDB's client for the stack's pace and the adopted expectations alone, and writes the page. Nobody waits
    // for write-report, which has S3's client at hand, and for write-evidence.
    // 15 KB are the names of other services' actions, for whoever reads expectations.
    // 50 KB are what S3's client, which is loaded when the bucket is needed, shares with the others.
    const limits: Readonly<Record<string, number>> = {
      'check-now': 850,
      'check-principals': 954,
      'probe-roles': 840,
      'write-evidence': 781,
      'write-report': 938,
    };
    for (const { name, kilobytes } of sizes) expect(kilobytes, name).toBeLessThan(limits[name] ?? 660);
  });
});

const packageJson = z.looseObject({ license: z.string() });
function licenseOf(name: string): string {
  return packageJson.parse(JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')))
    .license;
}
