/** SentencePiece's `.model` files: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { AddedTokenConfig, DecoderConfig, NormalizerConfig, TokenizerConfig } from './config.ts';

const PIECE_TYPES = ['', 'normal', 'unknown', 'control', 'userDefined', 'unused', 'byte'] as const;

interface Piece {
  text: string;
  score: number;
  type: (typeof PIECE_TYPES)[number];
}

interface SentencePieceModel {
  pieces: Piece[];
  type: number;
  byteFallback: boolean;
  characterMap: Uint8Array;
  dummyPrefix: boolean;
  removeExtraSpaces: boolean;
}

const UNIGRAM = 1;
const BPE = 2;
const SPACE = '▁';

/**
 * A SentencePiece model as a tokenizer's configuration. Texts get no tokens around them: which ones a language model wants
 * isn't in the file.
 *
 * @throws {Error} for a file that is none, or a model other than BPE and Unigram.
 */
export function sentencePieceConfig(bytes: Uint8Array): TokenizerConfig {
  const model = read(bytes);
  if (model.pieces.length === 0) throw new Error('it has no pieces: a SentencePiece model was expected');
  if (model.type !== UNIGRAM && model.type !== BPE) {
    throw new Error(`its SentencePiece model is of type ${model.type}; known are 1 (Unigram) and 2 (BPE)`);
  }
  const unknownId = model.pieces.findIndex(({ type }) => type === 'unknown');
  const unknown = model.pieces[unknownId]?.text ?? null;
  const vocab = Object.fromEntries(model.pieces.map(({ text }, id) => [text, id]));
  return {
    added_tokens: model.pieces.flatMap(({ text, type }, id) => addedToken(text, type, id)),
    normalizer: normalizer(model),
    decoder: decoder(model),
    model:
      model.type === UNIGRAM
        ? {
            type: 'Unigram',
            vocab: model.pieces.map(({ text, score }) => [text, score]),
            unk_id: unknownId < 0 ? null : unknownId,
            byte_fallback: model.byteFallback,
          }
        : {
            type: 'BPE',
            vocab,
            merges: mergesOf(model.pieces),
            unk_token: unknown,
            fuse_unk: true,
            byte_fallback: model.byteFallback,
          },
  };
}

function read(bytes: Uint8Array): SentencePieceModel {
  const model: SentencePieceModel = {
    pieces: [],
    type: UNIGRAM,
    byteFallback: false,
    characterMap: new Uint8Array(),
    dummyPrefix: true,
    removeExtraSpaces: true,
  };
  try {
    readMessage(bytes, {
      1: (reader) => model.pieces.push(readPiece(reader.bytes())),
      2: (reader) => readTrainer(reader.bytes(), model),
      3: (reader) => readNormalizer(reader.bytes(), model),
    });
  } catch (error) {
    throw new Error(`it isn't a SentencePiece model, or is damaged: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return model;
}

/** Calls, for each field of a message that `fields` has, its function. */
function readMessage(bytes: Uint8Array, fields: Record<number, (reader: BinaryReader) => unknown>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const read = fields[field];
    if (read) read(reader);
    else reader.skip(wireType, field);
  }
}

function readPiece(bytes: Uint8Array): Piece {
  const piece: Piece = { text: '', score: 0, type: 'normal' };
  readMessage(bytes, {
    1: (reader) => {
      piece.text = reader.string();
    },
    2: (reader) => {
      piece.score = reader.float();
    },
    3: (reader) => {
      piece.type = PIECE_TYPES[reader.int32()] ?? '';
    },
  });
  return piece;
}

function readTrainer(bytes: Uint8Array, model: SentencePieceModel): void {
  readMessage(bytes, {
    3: (reader) => {
      model.type = reader.int32();
    },
    35: (reader) => {
      model.byteFallback = reader.bool();
    },
  });
}

function readNormalizer(bytes: Uint8Array, model: SentencePieceModel): void {
  readMessage(bytes, {
    2: (reader) => {
      model.characterMap = reader.bytes();
    },
    3: (reader) => {
      model.dummyPrefix = reader.bool();
    },
    4: (reader) => {
      model.removeExtraSpaces = reader.bool();
    },
  });
}

function addedToken(content: string, type: Piece['type'], id: number): AddedTokenConfig[] {
  if (type === 'control' || type === 'unknown') return [{ id, content, normalized: false, special: true }];
  if (type === 'userDefined') return [{ id, content, normalized: false, special: false }];
  return [];
}

function normalizer({ characterMap, dummyPrefix, removeExtraSpaces }: SentencePieceModel): NormalizerConfig {
  const normalizers: NormalizerConfig[] = [];
  if (characterMap.length > 0) {
    normalizers.push({
      type: 'Precompiled',
      precompiled_charsmap: Buffer.from(characterMap).toString('base64'),
      longest_match: true,
    });
  }
  if (removeExtraSpaces) {
    normalizers.push(
      { type: 'Replace', pattern: { Regex: '^ +| +$' }, content: '' },
      { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
    );
  }
  if (dummyPrefix) normalizers.push({ type: 'Prepend', prepend: SPACE });
  normalizers.push({ type: 'Replace', pattern: { String: ' ' }, content: SPACE });
  return { type: 'Sequence', normalizers };
}

function decoder({ byteFallback, dummyPrefix }: SentencePieceModel): DecoderConfig {
  return {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
      ...(byteFallback ? [{ type: 'ByteFallback' } as const] : []),
      { type: 'Fuse' },
      ...(dummyPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 } as const] : []),
    ],
  };
}

/**
 * The pairs of pieces that make a piece, in the order in which SentencePiece joins them: the piece of the highest score
 * first.
 */
function mergesOf(pieces: readonly Piece[]): [string, string][] {
  const mergeable = new Map(
    pieces.filter(({ type }) => type === 'normal').map((piece) => [piece.text, piece]),
  );
  const merges: { pair: [string, string]; score: number }[] = [];
  for (const { text, score } of mergeable.values()) {
    for (let i = 1; i < text.length; i++) {
      const pair: [string, string] = [text.slice(0, i), text.slice(i)];
      if (mergeable.has(pair[0]) && mergeable.has(pair[1])) merges.push({ pair, score });
    }
  }
  return merges.sort((a, b) => b.score - a.score).map(({ pair }) => pair);
}
