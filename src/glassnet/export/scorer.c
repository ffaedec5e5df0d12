/* ---- From cells to numbers ---------------------------------------------------------------------------------------- */

static int is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static int is_digit(char c) { return c >= '0' && c <= '9'; }

/* Whether the text from s to end is this word, in small letters or capitals. */
static int is_word(const char *s, const char *end, const char *word)
{
    for (; s < end && *word != '\0'; s++, word++) {
        const char c = *s >= 'A' && *s <= 'Z' ? (char) (*s - 'A' + 'a') : *s;
        if (c != *word) return 0;
    }
    return s == end && *word == '\0';
}

/* Whether there is no text, or a word for a missing value; in a category such words are levels like others. */
static int is_gap(const char *s, const char *end, int in_category)
{
    static const char *const words[] = {"na", "n/a", "nan", "null", "none", "#n/a", "<na>", "?", "-"};
    int k;
    for (k = 0; s < end && !in_category && k < 9; k++) {
        if (is_word(s, end, words[k])) return 1;
    }
    return s == end;
}

static const char *skip_digits(const char *s, const char *end)
{
    while (s < end && is_digit(*s)) s++;
    return s;
}

/* A number such as -1.5e3, or inf. Returns 0 for anything else: strtod alone would take hexadecimal numbers too. */
static int read_number(const char *s, const char *end, double *value)
{
    const char *p = s < end && (*s == '+' || *s == '-') ? s + 1 : s, *digits = p;
    if (is_word(p, end, "inf") || is_word(p, end, "infinity")) {
        *value = *s == '-' ? -HUGE_VAL : HUGE_VAL;
        return 1;
    }
    p = skip_digits(p, end);
    if (p < end && *p == '.') p = skip_digits(p + 1, end);
    if (p == digits || (p == digits + 1 && *digits == '.')) return 0;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        if (p == end) return 0;
        p = skip_digits(p, end);
        if (!is_digit(p[-1])) return 0;
    }
    *value = strtod(s, NULL);
    return p == end;
}

/* True or false as 1 or 0; tables of plain numbers may hold them too, beside any number. */
static int read_boolean(const char *s, const char *end, double *value)
{
    if (is_word(s, end, "true") || is_word(s, end, "false")) {
        *value = end - s == 4;
        return 1;
    }
    return read_number(s, end, value) && (!MIXED || *value == 0 || *value == 1);
}

/* From `least` to `most` digits; returns what comes behind them, or NULL. */
static const char *read_digits(const char *s, const char *end, int least, int most, int *value)
{
    int n = 0;
    *value = 0;
    for (; n < most && s < end && is_digit(*s); n++, s++) *value = 10 * *value + (*s - '0');
    return n < least ? NULL : s;
}

/* Days since 1970 of a day in the Gregorian calendar. */
static long days_since_1970(int year, int month, int day)
{
    const long y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

static int is_day(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (year < 1 || month < 1 || month > 12 || day < 1) return 0;
    return day <= lengths[month - 1] + (month == 2 && is_leap);
}

/* Hours, minutes and perhaps seconds behind T or blanks; returns what comes behind them, or NULL. */
static const char *read_clock(const char *s, const char *end, double *seconds)
{
    int hour, minute, second = 0;
    double unit = 1;
    if (s == end || (*s != 'T' && *s != ' ')) return NULL;
    for (s++; s < end && is_blank(*s);) s++;
    s = read_digits(s, end, 1, 2, &hour);
    if (s == NULL || s == end || *s != ':') return NULL;
    s = read_digits(s + 1, end, 2, 2, &minute);
    if (s != NULL && s < end && *s == ':') s = read_digits(s + 1, end, 2, 2, &second);
    if (s == NULL || hour > 23 || minute > 59 || second > 59) return NULL;
    *seconds += 3600.0 * hour + 60.0 * minute + second;
    if (s + 1 < end && (*s == '.' || *s == ',') && is_digit(s[1])) {
        int n = 0;
        for (s++; n < 9 && s < end && is_digit(*s); n++, s++) *seconds += (*s - '0') * (unit /= 10);
    }
    return s;
}

/* A date of the column's form ("y-m-d"), with or without a time; its zone is read over. Seconds since 1970. */
static int read_date(const char *s, const char *end, const char *form, double *value)
{
    int year = 0, month = 0, day = 0;
    const char *behind;
    for (; *form != '\0' && s != NULL; form++) {
        if (*form == 'y') s = read_digits(s, end, 4, 4, &year);
        else if (*form == 'm') s = read_digits(s, end, 1, 2, &month);
        else if (*form == 'd') s = read_digits(s, end, 1, 2, &day);
        else s = s < end && *s == *form ? s + 1 : NULL;
    }
    if (s == NULL || !is_day(year, month, day)) return 0;
    *value = 86400.0 * (double) days_since_1970(year, month, day);
    behind = read_clock(s, end, value);
    if (behind != NULL) s = behind;
    if (s < end && is_blank(*s)) s++;
    if (is_word(s, end, "z") || is_word(s, end, "utc")) return 1;
    if (s < end && (*s == '+' || *s == '-') && (s = read_digits(s + 1, end, 2, 2, &day)) != NULL) {
        if (s < end && *s == ':') s++;
        s = read_digits(s, end, 2, 2, &day);
    }
    return s == end;
}

/* Whether the text is a name written in digits, such as 007. */
static int is_code(const char *s, const char *end)
{
    return end - s > 1 && *s == '0' && skip_digits(s, end) == end;
}

/* The place of a level, -1 for an unseen one. Levels that are numbers go by their value: 5 and 5.0 are the same. */
static double read_level(const char *s, const char *end, const struct column *column)
{
    int low = 0, high = column->n_levels;
    double value = 0;
    if (column->numbers != NULL && (is_code(s, end) || !read_number(s, end, &value))) return -1;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        int order;
        if (column->numbers != NULL) {
            order = (column->numbers[middle] > value) - (column->numbers[middle] < value);
        } else {
            const size_t length = (size_t) (end - s);
            order = strncmp(column->levels[middle], s, length);
            if (order == 0 && column->levels[middle][length] != '\0') order = 1;
        }
        if (order == 0) return middle;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return -1;
}

int glassnet_read(int column, const char *text, double *value)
{
    const struct column *const c = &columns[column];
    const char *s = text, *end = text + strlen(text);
    while (s < end && is_blank(*s)) s++;
    while (end > s && is_blank(end[-1])) end--;
    *value = 0;
    if (c->kind == UNUSED) return 1;
    if (c->kind == CATEGORY && s < end) {
        *value = read_level(s, end, c);
        return 1;
    }
    if (is_gap(s, end, c->kind == CATEGORY)) {
        *value = GAP;
        return MIXED;
    }
    if (c->kind == BOOLEAN || !MIXED) return read_boolean(s, end, value);
    if (c->kind == DATE) return read_date(s, end, c->form, value);
    return read_number(s, end, value);
}

/* ---- From numbers to the inputs of a network ---------------------------------------------------------------------- */

static double bounded(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

/* z = (x - median) / size, drawn into (-BOUND, BOUND) where a network wants that. Returns 0 where there is no such number. */
static int scale_number(const struct number *n, double x, real *a)
{
    double z = 0;
    if (n->gap_input >= 0) a[n->gap_input] = (real) (x != x);
    x -= n->first;
    if (!n->fills && !(x > -HUGE_VAL && x < HUGE_VAL)) return 0;
    if (n->fills) {
        if (x != x) x = n->median;
        x = x > LARGEST ? n->high : x < -LARGEST ? n->low : x;
    }
    if (n->size != 0) z = (x - n->median) / n->size;
    if (n->clips && z == z) {
        z = bounded(z, -LARGEST, LARGEST);
        z /= hypot(1, z / BOUND);
    }
    if (!(z > -1e38 && z < 1e38)) return 0;
    a[n->input] = (real) z;
    return 1;
}

/* What share of 0, ..., length - 1 x has gone through, also for x below 0. */
static double share_of(double x, double length)
{
    const double rest = fmod(x, length);
    return (rest < 0 ? rest + length : rest) / length;
}

static double month_of(double day)
{
    const double z = day + 719468, era = floor(z / 146097), of_era = z - era * 146097;
    const double year = floor((of_era - floor(of_era / 1460) + floor(of_era / 36524) - floor(of_era / 146096)) / 365);
    const double of_year = of_era - (365 * year + floor(year / 4) - floor(year / 100));
    return floor((5 * of_year + 2) / 153) + 2; /* counted from January, 0; up to 13 */
}

static void turn_cycle(const struct cycle *c, double seconds, real *a)
{
    const double turn = 6.283185307179586, day = floor(seconds / 86400);
    double share;
    a[c->input] = a[c->input + 1] = 0;
    if (!(seconds > -1e15 && seconds < 1e15)) return; /* a gap, or no date that a calendar knows */
    if (c->what == 'm') share = share_of(month_of(day), 12);
    else share = c->what == 'w' ? share_of(day - 4, 7) : share_of(seconds, 86400);
    a[c->input] = (real) sin(turn * share);
    a[c->input + 1] = (real) cos(turn * share);
}

static void look_up(const struct lookup *l, double code, real *a)
{
    int k, row = code != code ? l->n_levels : l->n_levels + 1;
    if (code >= 0 && code < l->n_levels) row = (int) code;
    for (k = 0; k < l->width; k++) a[l->input + k] = l->rows[row * l->width + k];
}

/* ---- From inputs to a prediction ---------------------------------------------------------------------------------- */

/* z += a W, four inputs at a time so that z is fetched and stored less often */
static void add_product(int n_in, int n_out, const real *restrict a, const real *restrict W, real *restrict z)
{
    int i = 0, j;
    for (; i + 4 <= n_in; i += 4, W += 4 * n_out) {
        const real p = a[i], q = a[i + 1], r = a[i + 2], s = a[i + 3];
        if (p == 0 && q == 0 && r == 0 && s == 0) continue; /* levels that a row has not, neurons that are silent */
        for (j = 0; j < n_out; j++) {
            z[j] += p * W[j] + q * W[n_out + j] + (r * W[2 * n_out + j] + s * W[3 * n_out + j]);
        }
    }
    for (; i < n_in; i++, W += n_out) {
        for (j = 0; j < n_out; j++) z[j] += a[i] * W[j];
    }
}

/* The bin of x among the edges of the curve, and the share f of it that x has gone through; beyond the edges 0 or 1. */
static int bin_of(const struct curve *c, real x, real *f)
{
    int low = 0, high = c->n_bins;
    *f = x >= c->edges[high];
    if (*f == 1) return high - 1;
    if (!(x > c->edges[0])) return 0;
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (c->edges[middle] <= x) low = middle;
        else high = middle;
    }
    *f = (x - c->edges[low]) / (c->edges[low + 1] - c->edges[low]);
    return low;
}

/* z += the heights of the curve over the position of x among its edges; straight between them, flat beyond */
static void add_curve(const struct curve *c, int n_out, real x, real *restrict z)
{
    real f;
    const real *restrict left = c->heights + bin_of(c, x, &f) * n_out, *restrict right = left + n_out;
    int j;
    for (j = 0; j < n_out; j++) z[j] += left[j] + f * (right[j] - left[j]);
}

/* @SPREADS@ */
/* What one network says, in the units of y. Returns 0 if the row cannot be scored. */
static int score(const struct member *m, const double *row, double *out)
{
    real a[WIDEST], z[WIDEST];
    int k, l;
    for (k = 0; k < m->n_numbers; k++) {
        if (!scale_number(&m->numbers[k], row[m->numbers[k].column], a)) return 0;
    }
    for (k = 0; k < m->n_cycles; k++) turn_cycle(&m->cycles[k], row[m->cycles[k].column], a);
    for (k = 0; k < m->n_lookups; k++) look_up(&m->lookups[k], row[m->lookups[k].column], a);
    /* @BEGIN@ */
    for (l = 0; l < N_LAYERS; l++) {
        const struct layer *const layer = &m->layers[l];
        memcpy(z, layer->b, (size_t) layer->n_out * sizeof *z);
        for (k = 0; l == 0 && k < m->n_curves; k++) {
            add_curve(&m->curves[k], layer->n_out, a[m->curves[k].input], z);
        }
        add_product(layer->n_in, layer->n_out, a, layer->W, z);
        layer->activate(z, layer->n_out);
        memcpy(a, z, (size_t) layer->n_out * sizeof *z);
    }
    for (k = 0; k < N_RAW; k++) out[k] = (double) a[k] * m->size[k] + m->shift[k];
    /* @END@ */
    return 1;
}

/* @INTERVAL@ */
int glassnet_predict(const double *row, double *prediction)
{
    double raw[N_MEMBERS][N_SAID], total = 0;
    int k, j;
    for (k = 0; k < N_MEMBERS; k++) {
        if (!score(&members[k], row, raw[k])) return 0;
    }
    for (j = 0; j < N_RAW; j++) {
        prediction[j] = 0;
        for (k = 0; k < N_MEMBERS; k++) prediction[j] += raw[k][j] / N_MEMBERS;
        total += prediction[j];
    }
    /* @ANSWER@ */
    for (j = 0; j < GLASSNET_OUTPUTS; j++) {
        if (!(prediction[j] > -HUGE_VAL && prediction[j] < HUGE_VAL)) return 0;
    }
    return total == total;
}
