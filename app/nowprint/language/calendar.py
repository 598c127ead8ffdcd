"""The names of months and weekdays in the languages that users write most, for all modules that need them."""

from __future__ import annotations

_MONTHS = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "styczniu lutym marcu kwietniu maju czerwcu lipcu sierpniu wrześniu październiku listopadzie grudniu",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
)
_SHORT_MONTHS = (
    "jan feb mar apr - jun jul aug sep oct nov dec",
    "- - - - - - - - sept okt - dez",
)
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "- - - - - sonnabend -",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "segunda terça quarta quinta sexta sábado domingo",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
)


def _numbered(rows: tuple[str, ...], first: int) -> dict[str, int]:
    return {
        name: number
        for row in rows
        for number, name in enumerate(row.split(), first)
        if name != "-"
    }


MONTHS = _numbered(_MONTHS, 1)
"""The month's number by its name in lower case; 1 is January."""
SHORT_MONTHS = _numbered(_SHORT_MONTHS, 1)
WEEKDAYS = _numbered(_WEEKDAYS, 0)
"""The day's number by its name in lower case; 0 is Monday."""
