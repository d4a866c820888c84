#include <unistd.h>

int main(void) { return execl("/usr/bin/python3", "python3", CANDIDATE, (char *)0); }
