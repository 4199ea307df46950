/** The parts of a `tokenizer.json` (https://huggingface.co/docs/tokenizers), as the file names them. */

export type PatternConfig = { String: string } | { Regex: string };

export type SplitBehavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

export type NormalizerConfig =
  | { type: 'Sequence'; normalizers: NormalizerConfig[] }
  | { type: UnicodeForm }
  | { type: 'Lowercase' | 'StripAccents' | 'Nmt' }
  | { type: 'Strip'; strip_left?: boolean; strip_right?: boolean }
  | { type: 'Replace'; pattern: PatternConfig; content: string }
  | { type: 'Prepend'; prepend: string }
  | {
      type: 'BertNormalizer';
      clean_text?: boolean;
      handle_chinese_chars?: boolean;
      strip_accents?: boolean | null;
      lowercase?: boolean;
    }
  | {
      type: 'Precompiled';
      precompiled_charsmap: string;
      /** As SentencePiece itself reads the map; no `tokenizer.json` has it. */
      longest_match?: boolean;
    };

export type PreTokenizerConfig =
  | { type: 'Sequence'; pretokenizers: PreTokenizerConfig[] }
  | { type: 'ByteLevel'; add_prefix_space?: boolean; trim_offsets?: boolean; use_regex?: boolean }
  | { type: 'Whitespace' | 'WhitespaceSplit' | 'BertPreTokenizer' }
  | { type: 'Punctuation'; behavior?: SplitBehavior }
  | { type: 'Digits'; individual_digits?: boolean }
  | { type: 'Split'; pattern: PatternConfig; behavior: SplitBehavior; invert?: boolean }
  | { type: 'CharDelimiterSplit'; delimiter: string }
  | {
      type: 'Metaspace';
      replacement?: string;
      prepend_scheme?: 'always' | 'first' | 'never';
      add_prefix_space?: boolean;
      split?: boolean;
    };

export type ModelConfig =
  | {
      type: 'BPE';
      vocab: Record<string, number>;
      /**
       * Pairs, or lines of two tokens with a space between. `'implied'`, which no file has, stands for tiktoken's rule:
       * any two tokens that make a third are joined, lowest id first.
       */
      merges: ([left: string, right: string] | string)[] | 'implied';
      unk_token?: string | null;
      continuing_subword_prefix?: string | null;
      end_of_word_suffix?: string | null;
      fuse_unk?: boolean;
      byte_fallback?: boolean;
      ignore_merges?: boolean;
      dropout?: number | null;
    }
  | {
      type: 'WordPiece';
      vocab: Record<string, number>;
      unk_token?: string;
      continuing_subword_prefix?: string;
      max_input_chars_per_word?: number;
    }
  | {
      type: 'Unigram';
      vocab: [token: string, logProbability: number][];
      unk_id?: number | null;
      byte_fallback?: boolean;
    }
  | { type: 'WordLevel'; vocab: Record<string, number>; unk_token?: string };

export type TemplatePiece =
  | { Sequence: { id: 'A' | 'B'; type_id: number } }
  | { SpecialToken: { id: string; type_id: number } };

export type PostProcessorConfig =
  | { type: 'Sequence'; processors: PostProcessorConfig[] }
  | {
      type: 'TemplateProcessing';
      single: TemplatePiece[];
      pair: TemplatePiece[];
      special_tokens: Record<string, { id: string; ids: number[]; tokens: string[] }>;
    }
  | { type: 'BertProcessing'; sep: [string, number]; cls: [string, number] }
  | {
      type: 'RobertaProcessing';
      sep: [string, number];
      cls: [string, number];
      trim_offsets?: boolean;
      add_prefix_space?: boolean;
    }
  | { type: 'ByteLevel'; add_prefix_space?: boolean; trim_offsets?: boolean; use_regex?: boolean };

export type DecoderConfig =
  | { type: 'Sequence'; decoders: DecoderConfig[] }
  | { type: 'ByteLevel' | 'ByteFallback' | 'Fuse' }
  | { type: 'WordPiece'; prefix?: string; cleanup?: boolean }
  | {
      type: 'Metaspace';
      replacement?: string;
      prepend_scheme?: string;
      add_prefix_space?: boolean;
      split?: boolean;
    }
  | { type: 'BPEDecoder'; suffix?: string }
  | { type: 'CTC'; pad_token?: string; word_delimiter_token?: string; cleanup?: boolean }
  | { type: 'Strip'; content: string; start: number; stop: number }
  | { type: 'Replace'; pattern: PatternConfig; content: string };

export interface AddedTokenConfig {
  id: number;
  content: string;
  single_word?: boolean;
  lstrip?: boolean;
  rstrip?: boolean;
  normalized?: boolean;
  special?: boolean;
}

export interface TruncationConfig {
  direction?: 'Left' | 'Right';
  max_length: number;
  strategy?: 'LongestFirst' | 'OnlyFirst' | 'OnlySecond';
  stride?: number;
}

export interface PaddingConfig {
  strategy: 'BatchLongest' | { Fixed: number };
  direction?: 'Left' | 'Right';
  pad_to_multiple_of?: number | null;
  pad_id?: number;
  pad_type_id?: number;
  pad_token?: string;
}

export interface TokenizerConfig {
  version?: string;
  truncation?: TruncationConfig | null;
  padding?: PaddingConfig | null;
  added_tokens?: AddedTokenConfig[];
  normalizer?: NormalizerConfig | null;
  pre_tokenizer?: PreTokenizerConfig | null;
  post_processor?: PostProcessorConfig | null;
  decoder?: DecoderConfig | null;
  model: ModelConfig;
}
