/* ---- A table in, predictions out ---------------------------------------------------------------------------------- */

enum { LONGEST = 1 << 20, MOST_FIELDS = GLASSNET_COLUMNS + 1000 };

static char record[LONGEST];
static const char *fields[MOST_FIELDS];

/* The next record of a CSV: its fields, divided by commas, quoted where they hold commas, quotes or line ends. Returns
   how many there are, 0 at the end of the file, and -1 if the record is too long, not closed, or no text. */
static int read_record(FILE *file, long *line)
{
    int c = getc(file), n = 0, quoted = 0, at_start = 1;
    size_t length = 0;
    if (*line == 0 && c == 0xEF) { /* the mark of UTF-8 */
        if (getc(file) != 0xBB || getc(file) != 0xBF) return -1;
        c = getc(file);
    }
    for (; c == '\n' || c == '\r'; c = getc(file)) *line += c == '\n';
    if (c == EOF) return 0;
    fields[n++] = record;
    for (;; c = getc(file)) {
        if (length + 2 > LONGEST || n + 1 > MOST_FIELDS || c == '\0' || (c == EOF && quoted)) return -1;
        *line += c == '\n' || c == EOF;
        if (c == '"' && quoted) {
            c = getc(file);
            if (c == '"') record[length++] = '"';
            else {
                quoted = 0;
                ungetc(c, file);
            }
        } else if (c == '"' && at_start) {
            quoted = 1;
        } else if (!quoted && (c == '\n' || c == '\r' || c == EOF)) {
            record[length] = '\0';
            return n;
        } else if (!quoted && c == ',') {
            record[length++] = '\0';
            fields[n++] = record + length;
        } else if (c != ' ' || !at_start) {
            record[length++] = (char) c;
        }
        at_start = !quoted && (c == ',' || (at_start && c == ' '));
    }
}

/* Whether a text is UTF-8: a text of another encoding holds other letters, and so levels that nobody has seen. */
static int is_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *) text;
    while (*s != 0) {
        int behind = *s < 0x80 ? 0 : *s < 0xE0 ? 1 : *s < 0xF0 ? 2 : 3; /* bytes that belong to the first one */
        if ((*s >= 0x80 && *s < 0xC2) || *s > 0xF4) return 0;
        for (s++; behind > 0; behind--, s++) {
            if ((*s & 0xC0) != 0x80) return 0;
        }
    }
    return 1;
}

/* Blanks before a name do not count: they may stand behind the comma. */
static const char *past_blanks(const char *s)
{
    while (*s == ' ') s++;
    return s;
}

/* Whether field j of the header is this name; pandas calls one that is empty "Unnamed: j". */
static int is_name(int j, const char *name)
{
    const char *const field = past_blanks(fields[j]);
    char unnamed[32];
    sprintf(unnamed, "Unnamed: %d", j);
    return strcmp(field, past_blanks(name)) == 0 || (*field == '\0' && strcmp(unnamed, name) == 0);
}

/* Where each column of the model stands among the fields of the header; returns 0 if one is missing. */
static int find_columns(int n_fields, int *places)
{
    int k, j;
    for (j = 0; j < n_fields; j++) {
        if (!is_utf8(fields[j])) {
            fprintf(stderr, "Line 1: the name of column %d is not UTF-8: save the table so.\n", j + 1);
            return 0;
        }
    }
    for (k = 0; k < GLASSNET_COLUMNS; k++) {
        places[k] = NAMED ? -1 : k;
        for (j = 0; NAMED && j < n_fields; j++) {
            if (is_name(j, columns[k].name)) places[k] = j;
        }
        if (places[k] < 0 && columns[k].kind != UNUSED) {
            fprintf(stderr, "The table has no column %s.\n", columns[k].name);
            return 0;
        }
    }
    if (!NAMED && n_fields != GLASSNET_COLUMNS) {
        fprintf(stderr, "The table has %d columns, the model takes %d.\n", n_fields, (int) GLASSNET_COLUMNS);
        return 0;
    }
    return 1;
}

static void print_prediction(const double *prediction)
{
    int k;
    /* @LABEL@ */
    for (k = 0; k < GLASSNET_OUTPUTS; k++) printf("%s%.15g", LABELLED || k > 0 ? "," : "", prediction[k]);
    printf("\n");
}

static int score_table(FILE *file)
{
    static int places[GLASSNET_COLUMNS];
    double row[GLASSNET_COLUMNS], prediction[GLASSNET_OUTPUTS];
    long line = 0;
    const int width = read_record(file, &line);
    int n, k;
    if (width <= 0 || !find_columns(width, places)) {
        if (width <= 0) fprintf(stderr, "The table has no header.\n");
        return 3;
    }
    for (k = 0; k < N_HEADER; k++) printf("%s%s", k > 0 ? "," : "", header[k]);
    printf("\n");
    while ((n = read_record(file, &line)) != 0) {
        if (n != width) {
            fprintf(stderr, "Line %ld: expected %d fields, found %d (-1: too long, or a quote is open).\n", line, width, n);
            return 3;
        }
        for (k = 0; k < GLASSNET_COLUMNS; k++) {
            const char *const cell = places[k] < 0 ? "" : fields[places[k]];
            if (columns[k].kind == CATEGORY && !is_utf8(cell)) {
                fprintf(stderr, "Line %ld: column %s is not UTF-8: save the table so.\n", line, columns[k].name);
                return 3;
            }
            if (!glassnet_read(k, cell, &row[k])) {
                fprintf(stderr, "Line %ld: column %s holds \"%s\", which cannot be read.\n", line, columns[k].name, cell);
                return 3;
            }
        }
        if (!glassnet_predict(row, prediction)) {
            fprintf(stderr, "Line %ld has no finite prediction: it is far from all known rows.\n", line);
            return 3;
        }
        print_prediction(prediction);
    }
    return fflush(stdout) == 0 && !ferror(stdout) && !ferror(file) ? 0 : 5;
}

/* Rows that were scored when this file was written, scored again: has this compiler kept the arithmetic? */
static int self_test(void)
{
    double row[GLASSNET_COLUMNS], prediction[GLASSNET_OUTPUTS];
    int s, k, wrong = 0;
    for (s = 0; s < N_TESTS; s++) {
        int fine = 1;
        for (k = 0; k < GLASSNET_COLUMNS; k++) fine = glassnet_read(k, test_cells[s][k], &row[k]) && fine;
        fine = fine && glassnet_predict(row, prediction);
        for (k = 0; fine && k < GLASSNET_OUTPUTS; k++) {
            fine = fabs(prediction[k] - test_expected[s][k]) <= test_allowed[s][k];
        }
        wrong += !fine;
    }
    printf("self-test: %d of %d rows agree\n", N_TESTS - wrong, (int) N_TESTS);
    return wrong > 0;
}

int main(int argc, char **argv)
{
    FILE *file = stdin;
    int result;
    if (argc == 2 && strcmp(argv[1], "--self-test") == 0) return self_test();
    if (argc > 2 || (argc == 2 && strncmp(argv[1], "--", 2) == 0)) {
        fprintf(stderr, "usage: %s [table.csv] > predictions.csv\n       %s --self-test\n", argv[0], argv[0]);
        return 2;
    }
    if (argc == 2 && (file = fopen(argv[1], "rb")) == NULL) {
        fprintf(stderr, "%s cannot be read.\n", argv[1]);
        return 3;
    }
    result = score_table(file);
    if (file != stdin) fclose(file);
    return result;
}
