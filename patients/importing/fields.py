"""The fields that a kind of file can fill, and the names that other systems give to their columns."""

import unicodedata
from dataclasses import dataclass

TEXT, DATE, TIME, MOMENT, CHOICE, BIRTH, AGE = "text", "date", "time", "moment", "choice", "birth", "age"
IDENTIFIER, PERIOD = "identifier", "period"


@dataclass(frozen=True)
class ImportField:
    """A field that can be filled from a column. `headers` are names of such columns, separated by commas.

    `type` says how a cell is read: a CHOICE is one of the options of the Kind, a BIRTH is a birth date that may be
    known only in part, an AGE gives an estimated one, a PERIOD is a day, a month or a year, an IDENTIFIER is a number
    of the kind that is chosen for the file.

    `is_required`: a file without such a column cannot be imported, except that somebody may say that it has no birth
    dates. For a CHOICE, the text of the field `stand_in` is the word of rows in which it is empty, or somebody chooses
    one value for all of them. `is_identity`: the field cannot be left empty, so a row with a doubt about it can only be
    left out, except that a birth date may be not known. `part` is the day, FIRST_DAY or LAST_DAY of doubts, that
    somebody may store for a DATE of which only the month or the year is known.
    """

    name: str
    label: str
    headers: str = ""
    type: str = TEXT
    is_required: bool = False
    is_identity: bool = False
    stand_in: str = ""
    part: str = ""

    def is_named(self, header):
        """Whether this field is what a column of this name has."""
        return plain(header) in {plain(each) for each in (*self.headers.split(","), self.name, self.label)}


def plain(header):
    """The name of a column without case, accents, spaces and signs: "Date-of-Birth" is "dateofbirth"."""
    decomposed = unicodedata.normalize("NFKD", header.casefold().replace("ß", "ss"))
    return "".join(c for c in decomposed if c.isalnum())


def likely_columns(fields, header):
    """{name of a field: name of its column} for the columns of a file that have a usual name. Each is used once."""
    columns = {}
    for field in fields:
        taken = columns.values()
        match = next((name for name in header if name not in taken and field.is_named(name)), None)
        if match:
            columns[field.name] = match
    return columns


# Names of columns in English, German, French, Dutch, Spanish, Italian, Portuguese and Polish files; those of Synthea.
PATIENT_FIELDS = [
    ImportField(
        "external_id",
        "Number in the other system",
        "id,patient id,patientid,patient number,patient no,client id,client number,chart number,mrn,pid,record number,"
        "external id,patientennummer,patnr,numero patient,patientnummer,numero,nr",
    ),
    ImportField(
        "given_name",
        "Given name",
        "first,first name,firstname,forename,forenames,given,given names,fname,vorname,prenom,voornaam,nombre,nombres,"
        "nome,imie,roepnaam,given-name",
        is_identity=True,
    ),
    ImportField(
        "family_name",
        "Family name",
        "last,last name,lastname,surname,family,lname,nachname,familienname,nom,nom de famille,achternaam,apellido,"
        "apellidos,cognome,sobrenome,apelido,nazwisko,family-name",
        is_identity=True,
    ),
    ImportField(
        "full_name",
        "Whole name, to be split",
        "name,full name,fullname,patient name,patientname,patient,client,client name,naam,nombre completo,"
        "nome completo,nombre y apellidos,nom complet,nome e cognome,pacjent,imie i nazwisko",
        is_identity=True,
    ),
    ImportField(
        "birth_name",
        "Name at birth",
        "maiden name,birth name,geburtsname,nom de naissance,nom de jeune fille,meisjesnaam,geboortenaam",
    ),
    ImportField("title", "Title", "salutation,titel,titre,titulo,titolo"),
    ImportField("pronouns", "Pronouns", "pronoun"),
    ImportField("preferred_name", "Preferred name", "nickname,known as,goes by,rufname,preferred,alias"),
    ImportField(
        "born_on",
        "Birth date",
        "birthdate,date of birth,dob,birthday,born,born on,geburtsdatum,geboren,geb,gebdatum,date de naissance,"
        "naissance,datenaissance,birth_date,geboortedatum,fecha de nacimiento,fecha nacimiento,data di nascita,"
        "data de nascimento,data nascimento,data urodzenia",
        BIRTH,
        is_required=True,
        is_identity=True,
    ),
    ImportField("age", "Age in years", "alter,leeftijd,edad,eta,idade,wiek,age in years,patient age", AGE),
    ImportField(
        "died_on", "Date of death", "deathdate,dod,died,deceased,deceased date,sterbedatum,overlijdensdatum", DATE
    ),
    ImportField("sex", "Sex", "gender,geschlecht,sexe,geslacht,sexo,sesso,plec,m/f", CHOICE),
    ImportField(
        "phone",
        "Phone",
        "mobile,mobile phone,phone number,telephone,tel,cell,cell phone,cellphone,mobil,handy,mobiltelefon,telefon,"
        "telefonnummer,portable,telephone portable,mobiel,telefoon,telefoonnummer,movil,telefono,celular,cellulare,"
        "telemovel,telefone,komorka,home phone,phone 1,phone1,mobile number,contact number,phone_cell,phone_home",
    ),
    ImportField(
        "email", "E-mail", "mail,email address,e-mail address,emailadresse,adresse mail,courriel,correo,emailadres"
    ),
    ImportField(
        "street",
        "Street",
        "address,address_street,patients_address,"
        "address 1,address line 1,address1,street address,strasse,anschrift,adresse,rue,straat,adres,direccion,"
        "calle,indirizzo,via,endereco,rua,ulica",
    ),
    ImportField(
        "city",
        "City",
        "town,address_city,patients_city,suburb,ort,stadt,wohnort,ville,plaats,woonplaats,ciudad,citta,cidade,miasto",
    ),
    ImportField(
        "postcode",
        "Postcode",
        "zip,address_zipcode,zip code,zipcode,postal code,post code,plz,postleitzahl,code postal,codepostal,cp,"
        "codigo postal,cap,kod pocztowy,postal_code",
    ),
    ImportField("country", "Country", "land,pays,pais,paese,kraj,country code"),
    ImportField("emergency_contact_name", "Emergency contact", "emergency contact name,next of kin,notfallkontakt"),
    ImportField(
        "emergency_contact_phone", "Phone of the emergency contact", "emergency phone,emergency contact number"
    ),
    ImportField(
        "identifier",
        "National or insurance number",
        "nhs number,nhs no,nhs,pps number,ppsn,bsn,burgerservicenummer,ahv nummer,avs,codice fiscale,dni,nie,pesel,"
        "personnummer,cpr,fodselsnummer,henkilotunnus,national id,national number,insurance number,insurance no,"
        "versichertennummer,versicherungsnummer,sozialversicherungsnummer,numero securite sociale,member id",
        IDENTIFIER,
    ),
    ImportField("contact_name", "Next of kin", "next of kin name,nok,nok name,nearest relative"),
    ImportField("contact_phone", "Phone of the next of kin", "next of kin phone,nok phone,next of kin telephone"),
    ImportField("general_practitioner", "GP", "doctor,gp name,hausarzt,medecin traitant,huisarts,medico"),
    ImportField("occupation", "Occupation", "job,profession,beruf,beroep,profesion,professione,zawod"),
    ImportField("interpreter_language", "Language for an interpreter", "interpreter"),
]
