/* replay.c - feeds every file of the folders given to a fuzzer's function: the corpus as a test */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes go into memory of just their size, so that a read past them is seen. */
static int replay_file(const char *folder, const char *name)
{
    char path[4096];
    uint8_t *data;
    FILE *file;
    long size;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) < 0 || (size = ftell(file)) < 0) {
        perror(path);
        return 1;
    }
    rewind(file);
    data = malloc(size ? (size_t)size : 1);
    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
        abort();
    fclose(file);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return 0;
}

static int replay_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int failed = 0;
    int count = 0;

    if (!dir) {
        perror(folder);
        return 1;
    }
    while ((entry = readdir(dir)) && !failed)
        if (entry->d_name[0] != '.') {
            failed = replay_file(folder, entry->d_name);
            count++;
        }
    closedir(dir);
    printf("%s: %d inputs replayed\n", folder, count);
    return failed || count == 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (replay_folder(argv[i]))
            return 1;
    return argc < 2;
}
