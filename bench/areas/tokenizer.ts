/** Tokenizers beside others', on one thread each, and batches on all cores: o200k's vocabulary, ids only. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEmoji, loadKingJames, loadUdhr } from '@quire/datasets';
import { parityTokenizer, ranksOf, withListedMerges } from '@quire/test/tokenizers';
import { saveTokenizer, type TokenizerConfig } from '@quire/tokenizer';
import type { TokenizerAnswer, TokenizerRequest } from '../engines/tokenizers.ts';
import { trainingCases } from '../engines/training.ts';
import type { Area, Case, Measurement } from '../harness.ts';
import { CACHE, npmFolder, pythonEnvironment } from '../peers/cache.ts';
import { Engine, unavailable } from '../peers/engine.ts';

const JAVASCRIPT = fileURLToPath(new URL('../engines/tokenizers.js', import.meta.url));
const PYTHON = fileURLToPath(new URL('../../engines/tokenizers_engine.py', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DATA = join(CACHE, 'tokenizer-data');
const ROUNDS = 5;

type TokenizerEngine = Engine<TokenizerRequest, TokenizerAnswer>;

/** Texts of one kind in as many parts as there are rounds, and one more to warm up with. */
function inParts(texts: readonly string[]): string[][] {
  return Array.from({ length: ROUNDS + 1 }, (_, part) => texts.filter((_, i) => i % (ROUNDS + 1) === part));
}

/** This project's own sources. */
function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /node_modules|dist|fixtures/.test(entry.name) ? [] : sources(path);
    return entry.name.endsWith('.ts') ? [readFileSync(path, 'utf8')] : [];
  });
}

async function chinese(): Promise<string[]> {
  const articles = await loadUdhr({ languages: ['zh', 'zh-Hant', 'yue'] });
  const emoji = await loadEmoji({ languages: ['zh'] });
  return [
    ...articles.flatMap(({ title, text }) => [title, ...text.split('\n')]),
    ...emoji.map(({ names, keywords }) => `${names.zh}：${keywords.zh.join('、')}。`),
  ];
}

function patternOf({ pre_tokenizer: steps }: TokenizerConfig): string {
  const [first] = steps?.type === 'Sequence' ? steps.pretokenizers : [];
  if (first?.type !== 'Split' || !('Regex' in first.pattern)) throw new Error('o200k splits by no pattern');
  return first.pattern.Regex;
}

/** Megabytes of UTF-8 by set and part. */
type Sizes = Record<string, number[]>;

async function writeData(): Promise<Sizes> {
  mkdirSync(DATA, { recursive: true });
  const write = (name: string, value: unknown): void =>
    writeFileSync(join(DATA, name), JSON.stringify(value));
  const config = await parityTokenizer('o200k');
  write('tokenizer.json', config);
  await saveTokenizer(join(DATA, 'tokenizer-listed.json'), withListedMerges(config));
  write('ranks.json', {
    pattern: patternOf(config),
    ranks: ranksOf('o200k_base').map(([bytes, rank]) => [Buffer.from(bytes).toString('base64'), rank]),
  });
  const sets = {
    English: (await loadKingJames()).map(({ text }) => text),
    Chinese: await chinese(),
    code: ['packages', 'kernel'].flatMap((folder) => sources(join(ROOT, folder))),
  };
  return Object.fromEntries(
    Object.entries(sets).map(([name, texts]) => {
      const parts = inParts(texts);
      write(`${name}.json`, parts);
      return [
        name,
        parts.slice(1).map((part) => part.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6),
      ];
    }),
  );
}

function engines() {
  let packages = '';
  const noPackages = unavailable(() => {
    packages = npmFolder('tokenizers', [
      'tiktoken@1.0.22',
      'gpt-tokenizer@4.0.0',
      '@huggingface/tokenizers@0.2.0',
      'tokenizers@0.23.2',
    ]);
  });
  let python = 'python3';
  const noPython = unavailable(() => {
    python = pythonEnvironment('tokenizers-python', ['tiktoken==0.14.0', 'tokenizers==0.23.2']);
  });
  const oneThread = { RAYON_NUM_THREADS: '1', TOKENIZERS_PARALLELISM: 'false' };
  const ours = (name: string): TokenizerEngine =>
    new Engine([process.execPath, '--conditions=built', JAVASCRIPT, name, DATA]);
  const javascript = (name: string): TokenizerEngine =>
    new Engine([process.execPath, '--conditions=built', JAVASCRIPT, name, DATA, packages], {
      unavailable: noPackages,
    });
  const native = (name: string, env: Record<string, string>): TokenizerEngine =>
    new Engine([python, PYTHON, name, DATA], { unavailable: noPython, env });
  return {
    python: noPython === undefined ? python : { unavailable: noPython },
    quire: ours('quire'),
    batches: ours('quire'),
    single: {
      'Quire with places': ours('quire with places'),
      'gpt-tokenizer': javascript('gpt-tokenizer'),
      'tiktoken (npm)': javascript('tiktoken'),
      '@huggingface/tokenizers': javascript('@huggingface/tokenizers'),
      'tokenizers (npm)': javascript('tokenizers'),
      'tiktoken (Python)': native('tiktoken', oneThread),
      'tokenizers (Python)': native('tokenizers', oneThread),
    },
    parallel: {
      'tiktoken (Python)': native('tiktoken', {}),
      'tokenizers (Python)': native('tokenizers', { TOKENIZERS_PARALLELISM: 'true' }),
    },
  };
}

/** Measures one part after the other. */
function measurer(
  engine: TokenizerEngine,
  set: string,
  sizes: Sizes,
  batch: boolean,
): () => Promise<Measurement> {
  let part = 0;
  return async () => {
    if (engine.unavailable !== undefined) return { unavailable: engine.unavailable };
    const current = part++ % ROUNDS;
    const answer = await engine.ask({ set, part: current, batch });
    if ('error' in answer) return { unavailable: answer.error };
    return (sizes[set]?.[current] as number) / answer.seconds;
  };
}

const TARGETS: Record<string, string> = {
  English: '> every JavaScript one; ≥ 0.5× tiktoken (Python)',
  Chinese: '> every JavaScript one; ≥ 0.5× tiktoken (Python)',
  code: '> every JavaScript one; ≥ 0.5× tiktoken (Python)',
};

export const tokenizer: Area = {
  name: 'tokenizer',
  setup: async () => {
    const sizes = await writeData();
    const all = engines();
    const peersOf = (peers: Record<string, TokenizerEngine>, set: string, batch: boolean): Case['peers'] =>
      Object.fromEntries(
        Object.entries(peers).map(([name, engine]) => [name, measurer(engine, set, sizes, batch)]),
      );
    const encoding = Object.keys(sizes).map(
      (set): Case => ({
        name: `encoding of ${set}, one thread`,
        unit: 'MB/s',
        lowerIsBetter: false,
        rounds: ROUNDS,
        ...(TARGETS[set] ? { target: TARGETS[set] } : {}),
        ours: measurer(all.quire, set, sizes, false),
        peers: peersOf(all.single, set, false),
      }),
    );
    const batch: Case = {
      name: 'batch of 1,500 English texts with places, all cores',
      unit: 'MB/s',
      lowerIsBetter: false,
      rounds: ROUNDS,
      ours: measurer(all.batches, 'English', sizes, true),
      peers: {
        'Quire with places': measurer(all.single['Quire with places'], 'English', sizes, false),
        ...peersOf(all.parallel, 'English', true),
      },
    };
    return {
      cases: [...encoding, batch, ...trainingCases(all.python)],
      teardown: async () => {
        const running = [
          all.quire,
          all.batches,
          ...Object.values(all.single),
          ...Object.values(all.parallel),
        ];
        await Promise.all(running.map((engine) => engine.stop()));
      },
    };
  },
};
