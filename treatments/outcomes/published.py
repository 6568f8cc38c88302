"""Published rates of adverse events, to be set beside a clinic's own. Denominators differ and are never mixed."""

from typing import NamedTuple


class Published(NamedTuple):
    source: str
    counts: str
    result: str


# Events per 100 needling treatments. Shaking, itching, claustrophobia and numbness had 0.01 each.
BRADY = "[@brady-2014], 7,629 treatments"
BRADY_PER_100 = {
    "bruise": 7.55,
    "bleed": 4.65,
    "pain_during": 3.01,
    "pain_after": 2.19,
    "aggravation": 0.88,
    "drowsy": 0.26,
    "headache": 0.14,
    "nausea": 0.13,
    "fatigue": 0.04,
    "emotion": 0.04,
    "shaking": 0.01,
    "itching": 0.01,
    "numbness": 0.01,
}
BRADY_ALL_PER_100 = 19.18

BASELINES = [
    Published(
        "[@brady-2014]",
        "events per treatment, 7,629 dry needling treatments by 39 physiotherapists, Ireland",
        "1,463 mild events, 19.18 per 100; no significant one, at most 0.04 per 100",
    ),
    Published(
        "[@boyce-2020]",
        "events per treatment, 20,494 treatments (once given as 20,464) by 420 physiotherapists, United States",
        "7,531 minor events, 36.7 per 100; 20 major ones, 1 in 1,024",
    ),
    Published(
        "[@white-2001]",
        "events per consultation, about 32,000 consultations by doctors and physiotherapists, United Kingdom",
        "671 or 684 events per 10,000 in two papers; 43 significant (14 per 10,000); none serious",
    ),
    Published(
        "[@witt-2009]",
        "patients, 229,230 with a mean of 10.2 acupuncture treatments",
        "8.6 of 100 patients had at least one effect; 2.2 of 100 needed treatment for it",
    ),
    Published(
        "[@macpherson-2004]",
        "patients, 6,348 over three months",
        "107 of 1,000 patients reported an event; 3 serious ones",
    ),
    Published(
        "[@baeumler-2021]",
        "21 acupuncture studies pooled",
        "9.31 of 100 patients, 7.57 of 100 treatments with an event; 7.98 serious ones per million treatments",
    ),
]
