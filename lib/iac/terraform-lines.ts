import type { ConfigModule } from './terraform-plan.ts';
import { moduleOf } from './terraform-references.ts';
import type { Source } from './types.ts';

/** Text of the .tf files of a folder, by file name; empty where there is no such folder. */
export type ReadFolder = (path: string) => ReadonlyMap<string, string>;

/**
 * Where resources are written, by address. Modules are followed as far as their sources are folders beside the plan.
 *
 * @param folder the root module's, as it is to be shown: `.`
 */
export function terraformLines(
  root: ConfigModule | undefined,
  folder: string,
  read: ReadFolder,
): (address: string) => Pick<Source, 'file' | 'line'> | undefined {
  const blocks = new Map<string, ReadonlyMap<string, Pick<Source, 'file' | 'line'>>>();
  const blocksOf = (path: string) => {
    const known = blocks.get(path) ?? blocksIn(path, read(path));
    blocks.set(path, known);
    return known;
  };
  return (address) => {
    const path = folderOf(root, moduleOf(address), folder);
    if (path === undefined) return undefined;
    const own = address.slice(moduleOf(address).length).replace(/^\./, '');
    const [, key] = /^((?:data\.)?[\w-]+\.[\w-]+)/.exec(own) ?? [];
    return key === undefined ? undefined : blocksOf(path).get(key);
  };
}

function folderOf(root: ConfigModule | undefined, module: string, folder: string): string | undefined {
  let path = folder;
  let at = root;
  for (const [, name = ''] of module.matchAll(/module\.([^.[]+)/g)) {
    const call = at?.module_calls?.[name];
    if (call?.source === undefined || !/^\.\.?\//.test(call.source)) return undefined;
    path = joined(path, call.source);
    at = call.module;
  }
  return path;
}

function joined(path: string, more: string): string {
  const parts = path === '.' ? [] : path.split('/');
  for (const part of more.split('/')) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.length === 0 ? '.' : parts.join('/');
}

function blocksIn(path: string, files: ReadonlyMap<string, string>) {
  const found = new Map<string, Pick<Source, 'file' | 'line'>>();
  for (const [name, text] of files) {
    const file = path === '.' ? name : `${path}/${name}`;
    for (const [index, line] of text.split('\n').entries()) {
      const [, kind, type, own] = /^\s*(resource|data)\s+"([^"]+)"\s+"([^"]+)"/.exec(line) ?? [];
      if (kind === undefined) continue;
      found.set(`${kind === 'data' ? 'data.' : ''}${type}.${own}`, { file, line: index + 1 });
    }
  }
  return found;
}
