"""Forms to import a file: which file, and what its columns and cells mean."""

from hashlib import sha256

from django import forms

from patients.importing.column_words import NOT_IN_FILE
from patients.importing.dates import DAY_FIRST, MONTH_FIRST
from patients.importing.doubts import DECISIONS
from patients.importing.encodings import NAMES
from patients.importing.kinds import DECISIONS_ON_PAIRS, LATER, NEW, SAME
from patients.importing.numbers import has_numbers
from patients.importing.plan import Choices
from patients.importing.tables import SEPARATORS
from patients.importing.values import FAMILY_FIRST, GIVEN_FIRST, split_name
from patients.models.identifier import KINDS, WITHOUT_CHECK
from patients.phones import country_words
from patients.registry import registry
from patients.web.uploads import LARGEST_BYTES, is_too_large

ORDERS = [("", "Choose"), (DAY_FIRST, "Day first"), (MONTH_FIRST, "Month first")]
# A page with more questions would be slow, and longer than what Django accepts. The next ones follow when it is saved.
PAIRS_SHOWN, WORDS_SHOWN = 100, 200


class UploadForm(forms.Form):
    """A file to import."""

    kind = forms.ChoiceField(label="What does the file contain?", widget=forms.RadioSelect)
    file = forms.FileField(
        label="File",
        help_text=(
            "CSV, Excel (XLSX, XLS) or OpenDocument (ODS), whose first line has the names of the columns, or a FHIR R4"
            " bundle (JSON)."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xls,.ods,.json"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kinds = registry.import_kinds
        self.fields["kind"].choices = [(kind.key, kind.label) for kind in kinds.values()]
        self.fields["kind"].initial = next(iter(kinds))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if is_too_large(file):
            megabytes = LARGEST_BYTES // 1024 // 1024
            raise forms.ValidationError(f"This file is larger than {megabytes} MB. Import it in parts.")
        return file


class ImportForm(forms.Form):
    """What people choose about an uploaded file, and decide about its doubtful cells and likely duplicates."""

    # The last field of the page: without it, a page that was cut off would clear the choices.
    is_whole = forms.CharField(
        widget=forms.HiddenInput,
        initial="yes",
        error_messages={"required": "The page was not sent completely, so nothing was saved. Reload it."},
    )

    def __init__(self, *args, plan, **kwargs):
        super().__init__(*args, **kwargs)
        self.plan, table, chosen = plan, plan.table, plan.choices
        if table.encodings:
            first = [each.encoding for each in table.encodings]
            encodings = {each.encoding: f"{each.name}: {', '.join(each.sample)}" for each in table.encodings}
            names = {e: encodings.get(e, NAMES[e]) for e in (*first, *(e for e in NAMES if e not in first))}
            self._choose("encoding", "Letters", list(names.items()), first[0])
            self._choose("separator", "Columns are separated by", list(SEPARATORS.items()), table.separator)
        fields_ = [("", "Not imported"), *((field.name, field.label) for field in plan.kind.fields)]
        stored_as = {column: name for name, column in plan.columns.items()}
        for column in table.header:
            self._choose(_named("column", column), f"Stored as: {column}", fields_, stored_as.get(column, ""))
        for name, order in plan.date_orders.items():
            label = f"Order of day and month: {plan.kind.field(name).label}"
            self._choose(f"order-{name}", label, ORDERS, chosen.date_orders.get(name) or order.decided)
        if plan.lacks_birth_dates:
            self.fields["has_no_birth_dates"] = forms.BooleanField(
                label="The file has no birth dates: store them as not known",
                required=False,
                initial=chosen.has_no_birth_dates,
            )
        if plan.needs_name_order:
            self._choose("name_order", "Whole names", _name_orders(plan), chosen.name_order)
        if len(registry.phone_countries()) > 1:
            countries = [("", "Choose"), *((c, country_words(c)) for c in registry.phone_countries())]
            self._choose(
                "phone_country", "Country of phone numbers without a country code", countries, chosen.phone_country
            )
        if has_numbers(plan):
            kinds = [("", "Choose"), *((kind.key, kind.label) for kind in KINDS.values())]
            self._choose("identifier_kind", "Kind of the national or insurance numbers", kinds, chosen.identifier_kind)
            if chosen.identifier_kind in WITHOUT_CHECK:
                label = "Who issued the numbers"
                issuer = {"class": "form-control form-control-sm", "aria-label": label, "placeholder": "Issued by"}
                self.fields["identifier_issuer"] = forms.CharField(
                    label=label,
                    max_length=100,
                    required=False,
                    initial=chosen.identifier_issuer,
                    widget=forms.TextInput(attrs=issuer),
                )
        options = {name: [("", "Choose"), *listed()] for name, listed in plan.kind.options.items()}
        for name, word, _, value in self._shown_words():
            label = f"{plan.kind.field(name).label}: {word or NOT_IN_FILE}"
            self._choose(_named(f"word-{name}", word), label, options[name], value)
        if not plan.missing_fields:
            self._ask_about_rows(chosen)

    def _ask_about_rows(self, chosen):
        for key, found in self.plan.doubts.items():
            options = [("", "Choose"), *((option, DECISIONS[option]) for option in found[0][1].options)]
            self._choose(_named("doubt", key), f"Decide: {key}", options, chosen.doubts.get(key, ""))
        for row in self.plan.pairs[:PAIRS_SHOWN]:
            name, decided = f"pair-{row.number}", row.decision
            options = [(f"{SAME}:{each.record.pk}", DECISIONS_ON_PAIRS[SAME]) for each in row.candidates]
            options += [(NEW, DECISIONS_ON_PAIRS[NEW])]
            options += [(f"{LATER}:{row.candidates[0].record.pk}", DECISIONS_ON_PAIRS[LATER])]
            value = f"{decided[0]}:{decided[1].record.pk}" if decided and decided[1] else decided[0] if decided else ""
            self.fields[name] = forms.ChoiceField(
                label=f"Row {row.number}", choices=options, initial=value, required=False, widget=forms.RadioSelect
            )
        self.fields["leaves_out_refused"] = forms.BooleanField(
            label="Leave these rows out", required=False, initial=chosen.leaves_out_refused
        )

    def _choose(self, name, label, choices, initial):
        select = forms.Select(attrs={"class": "form-select form-select-sm", "aria-label": label})
        self.fields[name] = forms.ChoiceField(
            label=label, choices=choices, initial=initial, required=False, widget=select
        )

    def clean(self):
        taken = [self._given(_named("column", column)) for column in self.plan.table.header]
        if double := sorted({name for name in taken if name and taken.count(name) > 1}):
            labels = ", ".join(self.plan.kind.field(name).label for name in double)
            raise forms.ValidationError(f"Two columns are stored as the same field: {labels}. Choose one of them.")

    def choices(self):
        """The Choices that were made. What the page did not show keeps its choice."""
        plan, old = self.plan, self.plan.choices
        choices = Choices(**vars(old))
        choices.encoding = self._given("encoding", old.encoding)
        choices.separator = self._given("separator", old.separator)
        choices.columns = {
            field: column for column in plan.table.header if (field := self._given(_named("column", column)))
        }
        orders = {name: self._given(f"order-{name}") for name in plan.date_orders}
        choices.date_orders = {name: order for name, order in orders.items() if order}
        choices.name_order = self._given("name_order", old.name_order)
        choices.has_no_birth_dates = self._given("has_no_birth_dates", False)
        choices.phone_country = self._given("phone_country", old.phone_country)
        choices.identifier_kind = self._given("identifier_kind", old.identifier_kind)
        choices.identifier_issuer = self._given("identifier_issuer", old.identifier_issuer)
        choices.words = {name: dict(words) for name, words in old.words.items()}
        for name, word, _, _ in self._shown_words():
            choices.words.setdefault(name, {})[word] = self._given(_named(f"word-{name}", word))
        choices.words = {name: {w: v for w, v in words.items() if v} for name, words in choices.words.items()}
        if not plan.missing_fields:
            choices.doubts = old.doubts | {key: self._given(_named("doubt", key)) for key in plan.doubts}
            pairs = {str(row.number): self._given(f"pair-{row.number}") for row in plan.pairs[:PAIRS_SHOWN]}
            choices.pairs = old.pairs | {number: [*pair.split(":"), ""][:2] for number, pair in pairs.items() if pair}
            choices.leaves_out_refused = self._given("leaves_out_refused", False)
        choices.doubts = {key: decision for key, decision in choices.doubts.items() if decision}
        return choices

    def _given(self, name, otherwise=""):
        return self.cleaned_data.get(name, otherwise)

    def columns(self):
        """(column of the file, bound field, an example, how many cells are filled, how many are doubtful)."""
        stored_as = {column: name for name, column in self.plan.columns.items()}
        doubtful = [] if self.plan.missing_fields else self.plan.doubts.values()
        counts = {}
        for found in doubtful:
            counts[found[0][1].field] = counts.get(found[0][1].field, 0) + len(found)
        for place, column in enumerate(self.plan.table.header):
            filled = self.plan.table.values(place)
            yield column, self[_named("column", column)], filled[:1], len(filled), counts.get(stored_as.get(column), 0)

    def orders(self):
        """(bound field, why the order is known or not) of each date column."""
        return [(self[f"order-{name}"], order.words) for name, order in self.plan.date_orders.items()]

    def words(self):
        """(label of the field, word, how often it is in the file, bound field)."""
        for name, word, count, _ in self._shown_words():
            yield self.plan.kind.field(name).label, word or NOT_IN_FILE, count, self[_named(f"word-{name}", word)]

    def _shown_words(self):
        """Those that nobody knows first, because a page shows only so many."""
        return sorted(self.plan.words, key=lambda word: bool(word[3]))[:WORDS_SHOWN]

    @property
    def words_left(self):
        """How many words of the file are not on this page."""
        return max(len(self.plan.words) - WORDS_SHOWN, 0)

    def doubts(self):
        """(label of the field, an example, the sentence, numbers of some rows, how many, bound field)."""
        for key, found in self.plan.doubts.items():
            row, doubt = found[0]
            numbers = [row.number for row, _ in found[:6]]
            label = self.plan.kind.field(doubt.field).label
            yield label, doubt.text, doubt.sentence, numbers, len(found), self[_named("doubt", key)]

    def pairs(self):
        """(Row, bound field) of the rows that may be registered already."""
        return [(row, self[f"pair-{row.number}"]) for row in self.plan.pairs[:PAIRS_SHOWN]]


class UndoImportForm(forms.Form):
    undo_reason = forms.CharField(
        label="Why is the import undone?", max_length=300, help_text="For example: the file was an old one."
    )


def _named(prefix, text):
    """The name of the form field about a text of the file, which may have any characters."""
    return f"{prefix}-{sha256(text.encode()).hexdigest()[:12]}"


def _name_orders(plan):
    """The possible orders, each with what becomes of the first names in the file."""
    texts = [text for text in plan.texts("full_name") if "," not in text and len(text.split()) > 1][:3]
    labels = {GIVEN_FIRST: "Given name first", FAMILY_FIRST: "Family name first"}
    options = [("", "Choose")]
    for order, label in labels.items():
        split = (split_name(text, order) for text in texts)
        options.append(
            (order, f"{label}: " + "; ".join(", ".join(filter(None, [family, given])) for given, family in split))
        )
    return options
