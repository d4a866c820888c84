#include <bncheck/candidate/candidate.hpp>
#include <iostream>

int main() { std::cout << bncheck::candidate::make_candidate("builtin:two_pass", 60)->hello().name << "\n"; }
