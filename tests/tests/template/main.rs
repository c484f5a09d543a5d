//! The template, the API's documents and the fixtures, held against the code. Everything here is read; nothing is deployed.

#![cfg(test)]

mod budget;
mod catalogue;
mod events;
mod operations;
mod policies;
mod project;
mod rights;
mod routes;
mod rust;
mod shape;
mod template;
mod times;
mod uses;
