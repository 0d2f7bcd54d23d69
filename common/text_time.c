/* text_time.c - times as RFC 3339 writes them */
#include "common/text.h"

#include <string.h>

static char *put_digits(char *at, int64_t number, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + width;
}

static char *put_separated(char *at, int64_t number, int width, char separator)
{
    at = put_digits(at, number, width);
    *at = separator;
    return at + 1;
}

/* Day `days` since 1970-01-01 in the Gregorian calendar, as "YYYY-MM-DD". Years are counted from 1
 * March here, so that the leap day is the last of its year. */
static char *put_date(char *at, int64_t days)
{
    enum { DAYS_OF_400_YEARS = 146097, DAYS_FROM_MARCH_OF_YEAR_0 = 719468 };
    int64_t since = days + DAYS_FROM_MARCH_OF_YEAR_0 + DAYS_OF_400_YEARS;
    int64_t era = since / DAYS_OF_400_YEARS - 1;
    int64_t day_of_era = since % DAYS_OF_400_YEARS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

    at = put_separated(at, era * 400 + year_of_era + (month <= 2), 4, '-');
    at = put_separated(at, month, 2, '-');
    return put_digits(at, day, 2);
}

void text_from_time(int64_t ms, char ret[TIME_TEXT_MOST])
{
    /* RFC 3339 has no years beyond these: 0000-01-01 to the end of 9999. */
    static const int64_t least = INT64_C(-62167219200000), most = INT64_C(253402300799999);
    static const int64_t ms_of_day = 86400000;
    int64_t kept = ms < least ? least : ms > most ? most : ms;
    int64_t in_day = (kept % ms_of_day + ms_of_day) % ms_of_day;
    char *at = put_date(ret, (kept - in_day) / ms_of_day);

    *at++ = 'T';
    at = put_separated(at, in_day / 3600000, 2, ':');
    at = put_separated(at, in_day / 60000 % 60, 2, ':');
    at = put_separated(at, in_day / 1000 % 60, 2, '.');
    at = put_separated(at, in_day % 1000, 3, 'Z');
    *at = '\0';
}

/* Days since 1970-01-01 of a date in the Gregorian calendar: put_date the other way round. */
static int64_t day_of_date(int64_t year, int64_t month, int64_t day)
{
    int64_t year_from_march = year - (month <= 2);
    int64_t era = year_from_march / 400;
    int64_t year_of_era = year_from_march % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
    static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && is_leap);
}

struct time_scanner {
    const char *at;
    const char *end;
};

static bool take_char(struct time_scanner *s, const char *choices)
{
    if (s->at == s->end || !*s->at || !strchr(choices, *s->at))
        return false;
    s->at++;
    return true;
}

/* A number of just so many digits, between least and most. */
static bool take_digits(struct time_scanner *s, int count, int64_t least, int64_t most,
                        int64_t *ret)
{
    int64_t number = 0;

    if (s->end - s->at < count)
        return false;
    for (int i = 0; i < count; i++, s->at++) {
        if (*s->at < '0' || *s->at > '9')
            return false;
        number = number * 10 + (*s->at - '0');
    }
    *ret = number;
    return number >= least && number <= most;
}

static bool take_date(struct time_scanner *s, int64_t *ret_day)
{
    int64_t year, month, day;

    if (!take_digits(s, 4, 1970, 9999, &year) || !take_char(s, "-") ||
        !take_digits(s, 2, 1, 12, &month) || !take_char(s, "-") ||
        !take_digits(s, 2, 1, days_of_month(year, month), &day))
        return false;
    *ret_day = day_of_date(year, month, day);
    return true;
}

static bool take_fraction(struct time_scanner *s, int64_t *ret_ms)
{
    const char *start = s->at;

    for (int64_t unit = 100; s->at < s->end && *s->at >= '0' && *s->at <= '9'; unit /= 10, s->at++)
        *ret_ms += (*s->at - '0') * unit;
    return s->at > start;
}

/* A leap second counts as the one before it. */
static bool take_time_of_day(struct time_scanner *s, int64_t *ret_ms)
{
    int64_t hour, minute, second;

    if (!take_digits(s, 2, 0, 23, &hour) || !take_char(s, ":") ||
        !take_digits(s, 2, 0, 59, &minute) || !take_char(s, ":") ||
        !take_digits(s, 2, 0, 60, &second))
        return false;
    *ret_ms = (hour * 3600 + minute * 60 + (second < 60 ? second : 59)) * 1000;
    return !take_char(s, ".") || take_fraction(s, ret_ms);
}

static bool take_offset(struct time_scanner *s, int64_t *ret_ms)
{
    int64_t hours, minutes;
    bool is_west = s->at < s->end && *s->at == '-';

    *ret_ms = 0;
    if (take_char(s, "Zz"))
        return true;
    if (!take_char(s, "+-") || !take_digits(s, 2, 0, 23, &hours) || !take_char(s, ":") ||
        !take_digits(s, 2, 0, 59, &minutes))
        return false;
    *ret_ms = (hours * 60 + minutes) * (is_west ? -60000 : 60000);
    return true;
}

bool text_to_time(const char *text, size_t length, int64_t *ret)
{
    struct time_scanner s = { text, text + length };
    int64_t day, in_day_ms, offset_ms;

    if (!take_date(&s, &day) || !take_char(&s, "Tt") || !take_time_of_day(&s, &in_day_ms) ||
        !take_offset(&s, &offset_ms) || s.at != s.end)
        return false;
    *ret = day * 86400000 + in_day_ms - offset_ms;
    return true;
}
