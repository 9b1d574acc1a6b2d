import { invalidArgument } from './errors.ts';

/** A tree of field names; an empty tree means all fields below. */
interface Tree {
  [name: string]: Tree;
}

/**
 * Reduces a response to the `fields`: `messages(id,threadId),nextPageToken` or `payload/headers`.
 *
 * @throws GmailError 400 if a parenthesis is not closed.
 */
export function selectFields(value: unknown, fields: string): unknown {
  return pick(value, parse(fields));
}

function parse(fields: string): Tree {
  const tokens = fields.match(/[A-Za-z0-9_*-]+|[(),/]/g) ?? [];
  let position = 0;

  function list(): Tree {
    const tree: Tree = {};
    do {
      const name = tokens[position++];
      if (name === undefined || /^[(),/]$/.test(name)) throw invalidArgument('Invalid field selection');
      tree[name] = union(tree[name], below());
    } while (tokens[position++] === ',');
    position -= 1;
    return tree;
  }

  function below(): Tree {
    if (tokens[position] === '/') {
      position += 1;
      const name = tokens[position++];
      if (name === undefined) throw invalidArgument('Invalid field selection');
      return { [name]: below() };
    }
    if (tokens[position] !== '(') return {};
    position += 1;
    const tree = list();
    if (tokens[position++] !== ')') throw invalidArgument('Invalid field selection');
    return tree;
  }

  const tree = list();
  if (position < tokens.length) throw invalidArgument('Invalid field selection');
  return tree;
}

/** The fields of both: `payload/headers,payload/mimeType` selects both. */
function union(one: Tree | undefined, other: Tree): Tree {
  if (one === undefined) return other;
  if (Object.keys(one).length === 0 || Object.keys(other).length === 0) return {};
  const below = Object.entries(other).map(([name, tree]) => [name, union(one[name], tree)]);
  return { ...one, ...Object.fromEntries(below) };
}

function pick(value: unknown, tree: Tree): unknown {
  if (Object.keys(tree).length === 0 || '*' in tree) return value;
  if (Array.isArray(value)) return value.map((item) => pick(item, tree));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).flatMap(([name, child]) => {
    const below = tree[name];
    return below === undefined ? [] : [[name, pick(child, below)]];
  });
  return Object.fromEntries(kept);
}
