interface Abbreviations {
  /** After these a sentence goes on. */
  readonly goesOn: ReadonlySet<string>;
  /** After these it goes on unless a word follows that often begins a sentence. */
  readonly mayEnd: ReadonlySet<string>;
  readonly starters: ReadonlySet<string>;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Without the last period, in lower case. */
const LANGUAGES: Record<string, Abbreviations> = {
  en: {
    goesOn: words(
      'mr mrs ms messrs dr prof st mt ft rev hon gov sen rep pres gen col lt capt cmdr sgt cpl maj adm supt det insp fr e.g i.e cf vs viz al fig figs eq eqs eqn sec ch chap vol vols pp ed eds no nos art approx ca jan feb mar apr jun jul aug sept oct nov dec mon tue wed thu fri',
    ),
    mayEnd: words(
      'etc inc ltd co corp jr sr bros dept est u.s u.k u.n e.u a.m p.m b.c a.d ph.d m.d d.c ave blvd rd',
    ),
    starters: words(
      'a an the this that these those he she it we they you his her its our their my your there here in on at by for from with after before when while if as but and or so then however what who why how where yes no not i',
    ),
  },
  de: {
    goesOn: words(
      'hr hrn fr dr prof dipl ing st bzw vgl ca z.b d.h u.a s.o s.u v.a i.d.r u.u o.ä evtl ggf inkl exkl bd abb nr tel str max min sog allg jan feb apr aug sept okt nov dez mo di mi do sa z d h i s v',
    ),
    mayEnd: words('usw etc uvm u.s.w jh jhd co b u a r n chr'),
    starters: words(
      'der die das ein eine er sie es wir ich ihr dies diese dieser dieses in im auf bei mit nach vor wenn als aber und oder so dann dort hier was wer wie wo warum ja nein doch auch man',
    ),
  },
  fr: {
    goesOn: words(
      'm mm mme mmes mlle mlles mgr dr pr prof st ste me cf p.ex fig vol chap art no env janv févr avr juil sept oct nov déc',
    ),
    mayEnd: words('etc cie av bd j.-c'),
    starters: words(
      'le la les un une des ce cette ces il elle ils elles on nous vous je tu mais et ou donc si quand comme dans en à au pour par avec sur qui que où pourquoi oui non',
    ),
  },
  es: {
    goesOn: words(
      'sr sra srta sres dr dra prof profa d dª dña ud uds vd vds p.ej fig vol cap art núm pág págs av avda aprox ee gral cnel',
    ),
    mayEnd: words('etc cía s.a uu'),
    starters: words(
      'el la los las un una unos este esta estos estas él ella ellos yo tú nosotros pero y o si cuando como en de a por para con sin que quien donde no sí',
    ),
  },
  it: {
    goesOn: words(
      'sig sigg sig.ra sig.na dott dott.ssa prof prof.ssa avv ing arch on egr spett p.es fig vol cap art pag pagg gen feb apr sett ott nov dic ca cfr',
    ),
    mayEnd: words('ecc s.p.a s.r.l'),
    starters: words(
      'il lo la i gli le un uno una questo questa questi queste egli lui lei noi voi loro ma e o se quando come in a da per con su che chi dove non sì no',
    ),
  },
  pt: {
    goesOn: words(
      'sr sra srs dr dra prof profa d v.ex ex.ª eng arq p.ex fig vol cap art núm n.º pág págs av jan fev abr jun jul ago set out nov dez aprox',
    ),
    mayEnd: words('etc cia ltda s.a'),
    starters: words(
      'o a os as um uma este esta estes estas ele ela eles elas eu nós mas e ou se quando como em no na de por para com que quem onde não sim',
    ),
  },
  nl: {
    goesOn: words(
      'dhr mevr mw dr drs prof ing ir mr st bijv d.w.z o.a m.b.t t.a.v i.v.m vgl ca nr blz fig jan feb apr aug sept okt nov dec',
    ),
    mayEnd: words('enz etc e.d b.v n.v v.chr n.chr'),
    starters: words(
      'de het een dit dat deze die hij zij ze wij we ik jij je u maar en of als toen in op bij met na voor er hier daar wat wie waar hoe waarom ja nee',
    ),
  },
  sv: {
    goesOn: words('t.ex bl.a d.v.s dvs resp kl ca jfr s nr hr fr dr prof jan feb apr aug sept okt nov dec'),
    mayEnd: words('osv m.m m.fl etc f.kr e.kr'),
    starters: words(
      'den det de en ett han hon vi jag du men och eller om när som i på med efter för här där vad vem hur ja nej',
    ),
  },
  pl: {
    goesOn: words('dr prof inż mgr hab ul al pl św np tzn tzw m.in ok nr str red im por wg gen płk'),
    mayEnd: words('itd itp r w n.e'),
    starters: words(
      'ten ta to te on ona ono oni my ja ty ale i a lub jeśli gdy jak w na z po za do o nie tak co kto gdzie',
    ),
  },
  ru: {
    goesOn: words(
      'г гг ул им т тов проф акад стр рис см напр т.е т.к т.н св д обл р-н просп пл руб тыс млн млрд',
    ),
    mayEnd: words('др пр т.д т.п н.э в вв'),
    starters: words(
      'он она оно они мы я ты вы это этот эта эти но и а или если когда как в на с по за до о не да что кто где',
    ),
  },
};

const NONE: Abbreviations = { goesOn: new Set(), mayEnd: new Set(), starters: new Set() };
const months = new Map<string, ReadonlySet<string>>();

/**
 * Whether the period that ends `before` only ends an abbreviation, an initial or an ordinal number, and the sentence goes on
 * with `after`.
 * @param before text that ends in a period, at least its last word.
 * @param after what follows, at least its first word, without white space before.
 */
export function sentenceGoesOn(before: string, after: string, language: string): boolean {
  const word = /(?:^|[\s("'“‘«„[/])([^\s("'“‘«„[/]{1,20})\.\s*$/u.exec(before.slice(-40))?.[1];
  if (word === undefined) return false;
  const next = /^[\p{L}\p{M}\p{N}'’.-]{1,30}/u.exec(after)?.[0] ?? '';
  const { goesOn, mayEnd, starters } = LANGUAGES[primary(language)] ?? NONE;
  const key = word.toLowerCase();
  if (/^\p{Lu}\.?$/u.test(word) && word !== 'I')
    return !starters.has(next.toLowerCase()) && /^\p{Lu}/u.test(next);
  if (goesOn.has(key)) return key !== 'no' || /^\p{N}/u.test(next);
  if (/^\p{N}{1,2}$/u.test(word)) return monthNames(language).has(next.toLowerCase());
  if (mayEnd.has(key) || /^(?:\p{Lu}\.)+\p{Lu}$/u.test(word))
    return next !== '' && !starters.has(next.toLowerCase());
  return false;
}

function primary(language: string): string {
  return language.split('-')[0]!.toLowerCase();
}

/** The names of the months after a day, in lower case. */
function monthNames(language: string): ReadonlySet<string> {
  let names = months.get(language);
  if (!names) {
    const format = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long', timeZone: 'UTC' });
    names = new Set(
      Array.from({ length: 12 }, (_, month) => {
        const parts = format.formatToParts(new Date(Date.UTC(2024, month, 1)));
        return (parts.find((part) => part.type === 'month')?.value ?? '').toLowerCase();
      }),
    );
    if (months.size < 100) months.set(language, names);
  }
  return names;
}
