"""Published rates of adverse events, to compare a clinic's own with. Their denominators differ."""

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
        "1,463 mild events, 19.18 per 100; no significant events, at most 0.04 per 100",
    ),
    Published(
        "[@boyce-2020]",
        "events per treatment, 20,494 treatments (also given as 20,464) by 420 physiotherapists, United States",
        "7,531 minor events, 36.7 per 100; 20 major events, 1 in 1,024 treatments",
    ),
    Published(
        "[@white-2001]",
        "events per consultation, about 32,000 consultations by doctors and physiotherapists, United Kingdom",
        "671 or 684 events per 10,000 (two papers); 43 significant events (14 per 10,000); none serious",
    ),
    Published(
        "[@witt-2009]",
        "patients, 229,230 with a mean of 10.2 acupuncture treatments each",
        "8.6 % of patients had at least one adverse effect; 2.2 % needed treatment for it",
    ),
    Published(
        "[@macpherson-2004]",
        "patients, 6,348 over three months",
        "107 in 1,000 patients reported an event; 3 serious events",
    ),
    Published(
        "[@baeumler-2021]",
        "21 acupuncture studies, pooled",
        "an event in 9.31 % of patients and 7.57 % of treatments; 7.98 serious events per million treatments",
    ),
]
